-- Runs, the latest first; what is null restricts nothing.
SELECT
    id::text, plan, unit AS fix, target, subject, actor, status, verified, reason, remedy,
    undoes::text, created_at, started_at, finished_at
FROM fix_run
WHERE
    (%(target)s::text IS NULL OR target = %(target)s)
    AND (%(plan)s::text IS NULL OR plan = %(plan)s)
    AND (%(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s))
    AND (
        %(after)s::uuid IS NULL
        OR (created_at, id) < (SELECT r.created_at, r.id FROM fix_run AS r WHERE r.id = %(after)s)
    )
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s
