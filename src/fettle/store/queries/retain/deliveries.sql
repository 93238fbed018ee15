-- Deliveries of long ago that do not wait: as many as fit together into 32 MiB, at least one.
WITH old AS (
    SELECT id, received_at, length(body) AS bytes
    FROM delivery
    WHERE received_at < %(before)s AND state <> 'waiting'
    ORDER BY received_at, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

over AS (
    SELECT
        id,
        sum(bytes) OVER (ORDER BY received_at, id) AS bytes,
        row_number() OVER (ORDER BY received_at, id) AS place
    FROM old
),

gone AS (
    DELETE FROM delivery
    USING over
    WHERE delivery.id = over.id AND (over.place = 1 OR over.bytes <= 33554432)
    RETURNING 1
)

SELECT count(*)::int AS number FROM gone
