-- The keys of issues' alerts that came from a source.
SELECT issue, key
FROM alert
WHERE issue = ANY(%(issues)s) AND source = %(source)s
ORDER BY issue, firing DESC, id
