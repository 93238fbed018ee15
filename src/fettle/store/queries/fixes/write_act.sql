-- Append what is about to be done to a run's journal, as who has the engine's run. No row: another
-- worker has taken it.
INSERT INTO journal (run, number, event, detail)
SELECT %(run)s, coalesce(max(number), 0) + 1, %(event)s, %(detail)s
FROM journal
WHERE run = %(run)s
HAVING EXISTS (
    SELECT FROM run WHERE id = %(run)s AND fence = %(fence)s AND state = 'running'
)
RETURNING number
