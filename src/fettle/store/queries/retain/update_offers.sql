-- Updates that are no more on offer since long ago.
WITH over AS (
    SELECT id
    FROM update_offer
    WHERE gone_at < %(before)s
    ORDER BY gone_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM update_offer USING over WHERE update_offer.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
