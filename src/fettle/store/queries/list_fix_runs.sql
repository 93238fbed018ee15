SELECT
    id::text, plan, unit AS fix, target, subject, actor, status, verified, reason,
    undoes::text, started_at, finished_at, undo
FROM fix_run
ORDER BY started_at DESC
LIMIT %(limit)s
