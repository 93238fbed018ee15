-- Set timers, or move the pending ones of their kinds and subjects, as schedule.sql does with one.
-- Those for which no moment is given are taken back.
WITH given AS (
    SELECT subject, due_at
    FROM unnest(%(subject)s::text[], %(due_at)s::timestamptz[]) AS t (subject, due_at)
),

taken_back AS (
    DELETE FROM timer AS t
    USING given AS g
    WHERE t.kind = %(kind)s AND t.subject = g.subject AND t.done_at IS NULL AND g.due_at IS NULL
)

INSERT INTO timer (kind, subject, due_at, try_at, detail)
SELECT %(kind)s, g.subject, g.due_at, g.due_at, 'null'
FROM given AS g
WHERE
    g.due_at IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM timer AS t
        WHERE
            t.kind = %(kind)s AND t.subject = g.subject AND t.due_at = g.due_at
            AND t.done_at IS NOT NULL
    )
ORDER BY g.subject
ON CONFLICT (kind, subject) WHERE done_at IS NULL DO UPDATE
SET
    due_at = excluded.due_at,
    try_at = excluded.try_at,
    detail = excluded.detail,
    attempts = 0,
    error = NULL
