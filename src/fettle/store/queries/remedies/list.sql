-- Uses of remedies, the latest first; what is null restricts nothing.
SELECT
    id::text, remedy, kind, known, target, issue, mode, actor, why, created_at, state, outcome, reason,
    decided_by, decided_at, acted_at, until, ended_at, watched, fix_run::text
FROM remedy_attempt
WHERE
    (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
    AND (%(issue)s::bigint IS NULL OR issue = %(issue)s)
    AND (%(known)s::text IS NULL OR known = %(known)s)
    AND (
        %(after)s::uuid IS NULL
        OR (created_at, id)
        < (SELECT a.created_at, a.id FROM remedy_attempt AS a WHERE a.id = %(after)s)
    )
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s
