-- How many issues wait to be asked about.
SELECT count(*) AS waiting
FROM run
WHERE name = 'advise' AND finished_at IS NULL
