-- Keep the steps of a run that are still to come.
INSERT INTO task_step (run, number, part, name, detail)
SELECT %(run)s, given.number, given.part, given.name, given.detail
FROM jsonb_to_recordset(%(steps)s) AS given (number int, part text, name text, detail jsonb)
ON CONFLICT (run, number) DO NOTHING
