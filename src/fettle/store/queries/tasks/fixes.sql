-- The runs of fixes that steps of a run have had made, the latest first: of one step, or of all
-- below a number.
SELECT f.fix_run, f.number FROM task_fix AS f
JOIN fix_run AS r ON r.id::text = f.fix_run
WHERE f.run = %(run)s AND (%(number)s::int IS NULL AND f.number < %(below)s OR f.number = %(number)s)
ORDER BY r.created_at DESC
