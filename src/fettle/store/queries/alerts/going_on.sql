-- How many alerts of issues go on: they fire, or flap and may fire again in a moment.
SELECT issue, count(*)::int AS number
FROM alert
WHERE issue = ANY(%(issues)s) AND (firing OR flapping)
GROUP BY issue
