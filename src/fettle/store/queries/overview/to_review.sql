-- How many issues are over and wait for their review or their close.
SELECT count(*) AS many
FROM issue
WHERE ended_at IS NULL AND status IN ('resolved', 'in-review')
