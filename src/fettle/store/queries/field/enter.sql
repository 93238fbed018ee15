-- Have the pages of a site that visits were to, as many as there is room for; the rest is `*`.
WITH
given AS (
    SELECT DISTINCT g.page FROM unnest(%(pages)s::text[] || '*'::text) AS g (page)
),

-- locked, so that nobody lets one go that is about to have a visit
known AS (
    SELECT id, page
    FROM field_page
    WHERE site = %(site)s AND page IN (SELECT page FROM given)
    FOR KEY SHARE
),

room AS (
    SELECT greatest(0, %(most)s - count(*)) AS pages
    FROM field_page
    WHERE site = %(site)s AND page <> '*'
),

fresh AS (
    SELECT page, row_number() OVER (ORDER BY page = '*', page) AS number
    FROM given
    WHERE page NOT IN (SELECT page FROM known)
),

made AS (
    INSERT INTO field_page (site, page)
    SELECT %(site)s, f.page
    FROM fresh AS f
    CROSS JOIN room AS r
    WHERE f.page = '*' OR f.number <= r.pages
    ORDER BY f.page
    ON CONFLICT (site, page) DO UPDATE SET page = excluded.page
    RETURNING id, page
)

SELECT id, page FROM known
UNION ALL
SELECT id, page FROM made
