-- Rehearsals, the latest first.
SELECT
    id::text, number, machine, project, path, base, wanted, actor, isolation, without_tests, trials, judged,
    started_at, finished_at
FROM rehearsal
WHERE
    (%(project)s::text IS NULL OR project = %(project)s)
    AND (%(prefix)s::text IS NULL OR starts_with(id::text, %(prefix)s))
    AND (NOT %(landed)s OR verdict IN ('passed', 'partly'))
ORDER BY number DESC
LIMIT %(limit)s
