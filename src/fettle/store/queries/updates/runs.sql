-- Runs, the latest first.
SELECT
    id::text, number, rehearsal::text, machine, project, path, how, base, commit, updates, actor, state,
    verified, says, branch, pull_request, without_rehearsal, undoes::text, before, after,
    started_at, finished_at
FROM update_run
WHERE
    (%(project)s::text IS NULL OR project = %(project)s)
    AND (
        %(given)s::text IS NULL
        OR number::text = %(given)s
        OR (length(%(given)s) >= 6 AND starts_with(id::text, %(given)s))
    )
ORDER BY number DESC
LIMIT %(limit)s
