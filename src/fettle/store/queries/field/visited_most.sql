-- How the pages of a site that most visit went, day by day, each as a phone and as a desktop; those
-- that most visit first.
WITH chosen AS (
    SELECT p.id, p.page, d.profile, sum(c.visits) AS visits
    FROM field_page AS p
    INNER JOIN field_day AS d ON p.id = d.page
    CROSS JOIN unnest(d.counts) AS c (visits)
    WHERE p.site = %(site)s AND p.page <> '*' AND d.metric = 'lcp' AND d.day >= %(since)s
    GROUP BY p.id, p.page, d.profile
    ORDER BY sum(c.visits) DESC, p.page, d.profile
    LIMIT %(limit)s
)

SELECT c.page, c.profile, d.metric, d.day, d.counts
FROM chosen AS c
INNER JOIN field_day AS d ON c.id = d.page AND c.profile = d.profile
WHERE d.metric IN ('lcp', 'inp', 'cls') AND d.day >= %(since)s
ORDER BY c.visits DESC, c.page, c.profile, d.metric, d.day
