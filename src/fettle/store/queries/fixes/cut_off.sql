-- What a run was to do, and whether it had begun to.
SELECT
    steps,
    EXISTS (
        SELECT FROM journal AS j WHERE j.run = r.id AND j.event IN ('statement', 'recovery')
    ) AS acted
FROM fix_run AS r
WHERE id = %(id)s
