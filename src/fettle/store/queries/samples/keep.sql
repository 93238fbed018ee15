-- Add what a look measured to its five minutes and to its hour.
WITH
given AS (
    SELECT g.metric, g.subject, g.value
    FROM unnest(%(metrics)s::text[], %(subjects)s::text[], %(values)s::float8[])
        AS g (metric, subject, value)
),

known AS (
    INSERT INTO series (target, metric, subject, latest, latest_at, first_at)
    SELECT %(target)s, metric, subject, value, %(at)s, %(at)s
    FROM given
    ON CONFLICT (target, metric, subject) DO UPDATE
    SET latest = excluded.latest, latest_at = excluded.latest_at
    RETURNING id, latest
),

by_minutes AS (
    INSERT INTO sample AS s (series, at, least, most, total, number)
    SELECT
        id, date_bin('5 minutes', %(at)s::timestamptz, '1970-01-01 00:00+00'),
        latest, latest, latest, 1
    FROM known
    ON CONFLICT (series, at) DO UPDATE
    SET
        least = least(s.least, excluded.least),
        most = greatest(s.most, excluded.most),
        total = s.total + excluded.total,
        number = s.number + 1
)

INSERT INTO sample_hour AS s (series, at, least, most, total, number)
SELECT
    id, date_bin('1 hour', %(at)s::timestamptz, '1970-01-01 00:00+00'), latest, latest, latest, 1
FROM known
ON CONFLICT (series, at) DO UPDATE
SET
    least = least(s.least, excluded.least),
    most = greatest(s.most, excluded.most),
    total = s.total + excluded.total,
    number = s.number + 1
