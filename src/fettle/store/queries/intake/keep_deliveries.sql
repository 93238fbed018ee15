-- Keep what arrived, in the order in which it came, and wake whoever takes it, by one statement: it
-- is true at once, or not at all. The ids say how many were kept.
WITH kept AS (
    INSERT INTO delivery (received_at, credential, hook, vendor, headers, body, proved)
    SELECT a.received_at, a.credential, a.hook, a.vendor, a.headers, a.body, a.proved
    FROM unnest(
        %(received_at)s::timestamptz[],
        %(credential)s::uuid[],
        %(hook)s::text[],
        %(vendor)s::text[],
        %(headers)s::jsonb[],
        %(body)s::bytea[],
        %(proved)s::boolean[]
    ) WITH ORDINALITY AS a (received_at, credential, hook, vendor, headers, body, proved, place)
    ORDER BY a.place
    RETURNING id
)

SELECT kept.id
FROM kept, pg_notify('fettle_delivery', '') AS woken
ORDER BY kept.id
