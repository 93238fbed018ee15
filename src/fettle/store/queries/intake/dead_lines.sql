-- Lines that could not be learnt, as they were kept: by kinds, scrubbed.
SELECT
    b.id, b.at AS received_at, s.name AS hook, 'log' AS vendor, b.dead AS reason,
    octet_length(b.kinds::text) AS bytes, NULL AS replays, b.kinds::text AS body
FROM log_batch AS b
JOIN log_source AS s ON s.id = b.source
WHERE b.id = %(id)s AND b.dead IS NOT NULL
