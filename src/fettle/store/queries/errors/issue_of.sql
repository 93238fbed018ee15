-- The issue of an alert, and where it was merged to.
SELECT coalesce(i.merged_into, a.issue) AS number
FROM alert AS a
JOIN issue AS i ON i.number = a.issue
WHERE a.source = %(source)s AND a.key = %(key)s
