-- How a page was measured last before a moment, on the same machine.
SELECT id, page, profile, machine, service, at, figures, weights
FROM page_measure
WHERE page = %(page)s AND profile = %(profile)s AND machine = %(machine)s AND at < %(at)s
ORDER BY at DESC, id DESC
LIMIT 1
