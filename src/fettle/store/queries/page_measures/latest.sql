-- How each page of a service was measured last, since a moment.
SELECT DISTINCT ON (page, profile) id, page, profile, machine, service, at, figures, weights
FROM page_measure
WHERE service = %(service)s AND at >= %(since)s
ORDER BY page, profile, at DESC, id DESC
