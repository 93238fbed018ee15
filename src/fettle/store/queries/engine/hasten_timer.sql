-- Let a pending timer ring at a moment, if that is earlier. What is wanted by somebody says so in its
-- detail.
UPDATE timer
SET
    due_at = least(due_at, %(due_at)s),
    try_at = least(try_at, %(due_at)s),
    detail = CASE WHEN %(wanted)s THEN detail || '{"wanted": true}' ELSE detail END
WHERE
    kind = %(kind)s AND subject = %(subject)s AND done_at IS NULL
    AND (due_at > %(due_at)s OR %(wanted)s)
