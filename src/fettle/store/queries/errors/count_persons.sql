-- Note whose work was broken, up to so many a key.
WITH noted AS (
    SELECT DISTINCT n.key, n.person
    FROM unnest(%(key)s::bigint[], %(person)s::bytea[]) AS n (key, person)
),

open AS (
    SELECT k.key
    FROM (SELECT DISTINCT key FROM noted) AS k
    CROSS JOIN LATERAL (
        SELECT count(*) AS number
        FROM (
            SELECT FROM error_person AS p WHERE p.key = k.key LIMIT %(most)s
        ) AS found
    ) AS before
    WHERE before.number < %(most)s
)

INSERT INTO error_person (key, person)
SELECT n.key, n.person
FROM noted AS n
JOIN open ON open.key = n.key
ORDER BY n.key, n.person
ON CONFLICT DO NOTHING
