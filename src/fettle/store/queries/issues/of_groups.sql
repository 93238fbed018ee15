-- The latest open issue of each group.
SELECT DISTINCT ON (joined_by) joined_by, number
FROM issue
WHERE joined_by = ANY(%(groups)s) AND ended_at IS NULL
ORDER BY joined_by, number DESC
