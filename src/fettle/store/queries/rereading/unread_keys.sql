-- Keys of a project that source maps could say more of, those after one of them; of each some of its
-- latest events, of each release that those have.
WITH keys AS (
    SELECT id, key, key_version, error_group, first_seen
    FROM error_group_key
    WHERE project = %(project)s AND id > %(after)s AND wants_maps AND reads_as IS NULL
    ORDER BY id
    LIMIT %(limit)s
)

SELECT
    k.id, k.key, k.key_version, k.error_group, k.first_seen,
    ARRAY(
        SELECT e.body
        FROM (
            SELECT
                l.id,
                row_number() OVER (PARTITION BY l.release ORDER BY l.id DESC) AS place
            FROM (
                SELECT id, release
                FROM error_event
                WHERE key = k.id
                ORDER BY id DESC
                LIMIT %(latest)s
            ) AS l
        ) AS s
        JOIN error_event AS e ON e.id = s.id
        WHERE s.place <= %(of_release)s
        ORDER BY e.id DESC
        LIMIT %(most)s
    ) AS bodies
FROM keys AS k
ORDER BY k.id
