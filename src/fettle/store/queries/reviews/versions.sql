-- Who kept which version of a review; the latest first.
SELECT version, at, actor
FROM review_version
WHERE issue = %(issue)s
ORDER BY version DESC
LIMIT 200
