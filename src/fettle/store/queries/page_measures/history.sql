-- How a page was measured since a moment, the latest first.
SELECT id, page, profile, machine, service, at, figures, weights
FROM page_measure
WHERE page = %(page)s AND profile = %(profile)s AND at >= %(since)s
ORDER BY at DESC, id DESC
LIMIT %(limit)s
