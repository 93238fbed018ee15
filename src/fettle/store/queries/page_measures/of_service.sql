-- How the pages of a service were measured since a moment, the latest first.
SELECT id, page, profile, machine, service, at, figures, weights
FROM page_measure
WHERE service = %(service)s AND at >= %(since)s
ORDER BY at DESC, id DESC
LIMIT %(limit)s
