-- Pages of sites of which no visit is kept any more.
WITH over AS (
    SELECT p.id
    FROM field_page AS p
    WHERE
        %(before)s::timestamptz IS NOT NULL
        AND NOT EXISTS (SELECT FROM field_day AS d WHERE d.page = p.id)
    ORDER BY p.id
    LIMIT %(limit)s
    FOR UPDATE OF p SKIP LOCKED
),

gone AS (
    DELETE FROM field_page USING over WHERE field_page.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
