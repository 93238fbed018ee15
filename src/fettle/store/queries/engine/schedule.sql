-- Set a timer, or move the pending one of its kind and subject. One that was handled for this very
-- moment is not handled again.
INSERT INTO timer (kind, subject, due_at, try_at, detail)
SELECT %(kind)s, %(subject)s, %(due_at)s, %(due_at)s, %(detail)s
WHERE NOT EXISTS (
    SELECT
    FROM timer
    WHERE
        kind = %(kind)s AND subject = %(subject)s AND due_at = %(due_at)s AND done_at IS NOT NULL
)
ON CONFLICT (kind, subject) WHERE done_at IS NULL DO UPDATE
SET
    due_at = excluded.due_at,
    try_at = excluded.try_at,
    detail = excluded.detail,
    attempts = 0,
    error = NULL
RETURNING id
