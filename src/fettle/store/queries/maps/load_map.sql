-- A map as it is kept; that it was used is noted once a day, unless somebody holds it.
WITH used AS (
    UPDATE source_map SET used_at = %(at)s
    WHERE
        id IN (
            SELECT id FROM source_map
            WHERE id = %(id)s AND used_at < %(at)s - interval '1 day'
            FOR UPDATE SKIP LOCKED
        )
)

SELECT packed FROM source_map WHERE id = %(id)s
