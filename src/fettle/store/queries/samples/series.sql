-- The figures of a target, with the latest of each.
SELECT id, metric, subject, latest, latest_at, first_at
FROM series
WHERE target = %(target)s
ORDER BY metric, subject
