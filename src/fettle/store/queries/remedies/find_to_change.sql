-- A use of a remedy that nobody else changes before the transaction ends.
SELECT
    id::text, remedy, kind, known, target, issue, mode, actor, why, created_at, state, outcome, reason,
    decided_by, decided_at, acted_at, until, ended_at, watched, fix_run::text
FROM remedy_attempt
WHERE id = %(id)s
FOR UPDATE
