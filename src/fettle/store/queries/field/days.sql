-- How the visits to a page went day by day, under one profile.
SELECT d.metric, d.day, d.counts
FROM field_page AS p
INNER JOIN field_day AS d ON p.id = d.page
WHERE p.site = %(site)s AND p.page = %(page)s AND d.profile = %(profile)s AND d.day >= %(since)s
ORDER BY d.metric, d.day
