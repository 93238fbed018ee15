-- Keep the latest diagnosis of a schedule: in place of the one before it where it found the same, so
-- that what is kept is a history of changes; those of another time are forgotten.
WITH
latest AS (
    SELECT id, document
    FROM diagnosis
    WHERE target = %(target)s AND schedule = %(schedule)s
    ORDER BY started_at DESC, id DESC
    LIMIT 1
),

same AS (
    SELECT id
    FROM latest
    WHERE
        (
            SELECT jsonb_object_agg(f ->> 'key', f ->> 'severity')
            FROM jsonb_array_elements(document -> 'findings') AS f
        ) IS NOT DISTINCT FROM (
            SELECT jsonb_object_agg(f ->> 'key', f ->> 'severity')
            FROM jsonb_array_elements(%(document)s -> 'findings') AS f
        )
),

renewed AS (
    UPDATE diagnosis
    SET started_at = %(started_at)s, document = %(document)s
    FROM same
    WHERE diagnosis.id = same.id
),

forgotten AS (
    DELETE FROM diagnosis
    WHERE
        target = %(target)s
        AND schedule = %(schedule)s
        AND started_at < %(forget)s
        AND id <> (SELECT id FROM latest)
)

INSERT INTO diagnosis (target, kind, started_at, schedule, document)
SELECT %(target)s, %(kind)s, %(started_at)s, %(schedule)s, %(document)s
WHERE NOT EXISTS (SELECT FROM same)
