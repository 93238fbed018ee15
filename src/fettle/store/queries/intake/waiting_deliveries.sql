-- The oldest deliveries that wait, as many as fit together into the given bytes, at least one.
WITH waiting AS (
    SELECT
        d.*,
        sum(length(d.body)) OVER (ORDER BY d.id) AS bytes,
        row_number() OVER (ORDER BY d.id) AS place
    FROM (
        SELECT id, received_at, credential, hook, vendor, headers, body, proved, replays
        FROM delivery
        WHERE state = 'waiting'
        ORDER BY id
        LIMIT %(limit)s
    ) AS d
)

SELECT id, received_at, credential, hook, vendor, headers, body, proved, replays
FROM waiting
WHERE place = 1 OR bytes <= %(bytes)s
ORDER BY id
