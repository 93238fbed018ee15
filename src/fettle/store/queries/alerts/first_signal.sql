-- What was said first of an issue.
SELECT document FROM signal WHERE issue = %(issue)s AND firing ORDER BY id LIMIT 1
