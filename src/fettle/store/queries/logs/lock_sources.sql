-- Logs, locked in their order: who takes, and who lets go of templates, do it one after the other.
SELECT id, name, service, begun_at, seen_at, lines, learnt_at, silent_at, version, folded
FROM log_source
WHERE id = ANY(%(ids)s::bigint[])
ORDER BY id
FOR NO KEY UPDATE
