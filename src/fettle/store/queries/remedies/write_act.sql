-- Append what is about to be done, with its undo, as who has the engine's run, and while acting is
-- not stopped: who stops it waits for us, or we find it stopped. No row: it must not be done.
WITH free AS (
    SELECT FROM solving WHERE stopped_at IS NULL OR %(though_stopped)s FOR SHARE
),

held AS (
    SELECT FROM run WHERE id = %(run)s AND fence = %(fence)s AND state = 'running'
)

INSERT INTO remedy_journal (attempt, number, event, detail)
SELECT %(attempt)s, coalesce(max(number), 0) + 1, %(event)s, %(detail)s
FROM remedy_journal
WHERE attempt = %(attempt)s
HAVING EXISTS (SELECT FROM free) AND EXISTS (SELECT FROM held)
RETURNING number
