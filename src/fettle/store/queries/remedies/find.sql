-- Uses of remedies by their ids, or the beginning of those.
SELECT
    id::text, remedy, kind, known, target, issue, mode, actor, why, created_at, state, outcome, reason,
    decided_by, decided_at, acted_at, until, ended_at, watched, fix_run::text
FROM remedy_attempt
WHERE starts_with(id::text, %(prefix)s)
ORDER BY id
LIMIT 2
