-- The use of a remedy that let a fix be applied.
SELECT
    id::text, remedy, kind, known, target, issue, mode, actor, why, created_at, state, outcome, reason,
    decided_by, decided_at, acted_at, until, ended_at, watched, fix_run::text
FROM remedy_attempt
WHERE fix_run = %(fix_run)s
