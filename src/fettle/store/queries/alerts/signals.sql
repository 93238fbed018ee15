-- How many signals of some alerts came to an issue.
SELECT count(*)::int AS number FROM signal WHERE issue = %(issue)s AND alert = ANY(%(alerts)s)
