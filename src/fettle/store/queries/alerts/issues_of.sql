-- The issues of alerts of a source by their keys, or what they were merged into.
SELECT a.key, coalesce(i.merged_into, a.issue) AS number
FROM alert AS a
JOIN issue AS i ON i.number = a.issue
WHERE a.source = %(source)s AND a.key = ANY(%(keys)s)
