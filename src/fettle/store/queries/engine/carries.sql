-- A worker with a label that has shown life of late, by the clock of this server.
SELECT id
FROM worker
WHERE %(label)s = ANY(labels) AND seen_at >= clock_timestamp() - %(within)s::interval
LIMIT 1
