-- Runs by the beginning of their id; two are enough to tell that it is ambiguous.
SELECT
    id::text, plan, unit AS fix, target, subject, actor, status, verified, reason, remedy,
    undoes::text, created_at, started_at, finished_at, undo
FROM fix_run
WHERE starts_with(id::text, %(prefix)s)
LIMIT 2
