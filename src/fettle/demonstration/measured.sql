-- What looks at the made-up shop and at what it needs have measured in the last 30 days: by the hour,
-- and of the last two days by five minutes. It follows the day of those who buy; when checkout was
-- down (%(trouble)s, for 16 minutes) it was slow, and failed.
WITH
target AS (
    INSERT INTO watched (target, kind, looked_at, status)
    VALUES
        ('shop', 'service', %(now)s, 'ok'),
        ('search', 'service', %(now)s, 'ok'),
        ('payments', 'dependency', %(now)s, 'ok')
    ON CONFLICT (target) DO UPDATE
    SET kind = excluded.kind, looked_at = excluded.looked_at, status = excluded.status
    RETURNING id, target
),

-- A figure: what it usually is, how much more it is at noon, how much chance does to it, and how many
-- times as much it was in the trouble.
figure (target, metric, subject, usual, noon, chance, trouble) AS (
    VALUES
        ('shop', 'response_p95_at_least_s', '', 0.42, 0.35, 0.05, 6.0),
        ('shop', 'response_p95_at_most_s', '', 0.85, 0.70, 0.10, 6.0),
        ('shop', 'response_mean_s', '', 0.18, 0.12, 0.02, 8.0),
        ('shop', 'error_rate_ratio', '', 0.001, 0.001, 0.002, 90.0),
        ('shop', 'requests_count', '', 900, 8200, 300, 0.7),
        ('shop', 'memory_used_ratio', '', 0.58, 0.06, 0.01, 1.3),
        ('shop', 'pool_used_ratio', 'checkout', 0.22, 0.30, 0.05, 2.0),
        ('shop', 'site_answer_s', '', 0.21, 0.09, 0.04, 9.0),
        ('shop', 'site_name_lookup_s', '', 0.012, 0.002, 0.004, 1.0),
        ('shop', 'site_connection_s', '', 0.021, 0.002, 0.004, 1.1),
        ('shop', 'site_tls_s', '', 0.034, 0.003, 0.006, 1.1),
        ('shop', 'site_first_byte_s', '', 0.12, 0.07, 0.03, 14.0),
        ('search', 'response_p95_s', '', 0.16, 0.12, 0.03, 1.0),
        ('search', 'requests_count', '', 300, 2600, 120, 0.9),
        ('search', 'memory_used_ratio', '', 0.71, 0.03, 0.01, 1.0),
        ('payments', 'dependency_answer_s', '', 0.31, 0.02, 0.06, 1.0),
        ('payments', 'dependency_first_byte_s', '', 0.22, 0.02, 0.05, 1.0)
),

-- Time, in steps; `size` is how many looks fall into one.
step AS (
    SELECT at, 12 AS size
    FROM generate_series(
        date_bin('1 hour', %(now)s::timestamptz - interval '30 days', '1970-01-01 00:00+00'),
        %(now)s, interval '1 hour'
    ) AS h (at)
    UNION ALL
    SELECT at, 1
    FROM generate_series(
        date_bin('5 minutes', %(now)s::timestamptz - interval '52 hours', '1970-01-01 00:00+00'),
        %(now)s, interval '5 minutes'
    ) AS m (at)
),

-- What stands for chance is always the same, so that the story is.
value AS (
    SELECT
        t.id, t.target, f.metric, f.subject, s.at, s.size, f.chance,
        (
            f.usual
            + f.noon * greatest(0, sin((extract(hour FROM s.at AT TIME ZONE 'UTC') - 6) / 15 * pi()))
            + f.chance * (hashint8(extract(epoch FROM s.at)::bigint + hashtext(f.metric)) / 4294967296.0)
        ) * CASE
            WHEN s.at + make_interval(mins => s.size * 5) > %(trouble)s::timestamptz
                AND s.at < %(trouble)s::timestamptz + interval '16 minutes'
                THEN (f.trouble + s.size - 1) / s.size
            ELSE 1
        END AS value
    FROM figure AS f
    JOIN target AS t USING (target)
    CROSS JOIN step AS s
),

known AS (
    INSERT INTO series (target, metric, subject, latest, latest_at, first_at)
    SELECT DISTINCT ON (id, metric, subject)
        id, metric, subject, round(value::numeric, 4), %(now)s, %(now)s::timestamptz - interval '30 days'
    FROM value
    ORDER BY id, metric, subject, at DESC
    RETURNING id, target, metric, subject
),

by_hours AS (
    INSERT INTO sample_hour (series, at, least, most, total, number)
    SELECT k.id, v.at, greatest(0, v.value - v.chance), v.value + v.chance, v.value * 12, 12
    FROM value AS v
    JOIN known AS k ON k.target = v.id AND k.metric = v.metric AND k.subject = v.subject
    WHERE v.size > 1
),

by_minutes AS (
    INSERT INTO sample (series, at, least, most, total, number)
    SELECT k.id, v.at, v.value, v.value, v.value, 1
    FROM value AS v
    JOIN known AS k ON k.target = v.id AND k.metric = v.metric AND k.subject = v.subject
    WHERE v.size = 1
),

looked AS (
    SELECT
        t.id, t.target, s.at,
        CASE
            WHEN t.target = 'shop' AND s.at > %(trouble)s::timestamptz
                AND s.at < %(trouble)s::timestamptz + interval '16 minutes' THEN 'critical'
            WHEN t.target = 'payments' AND extract(epoch FROM s.at)::bigint %% 27300 = 0 THEN 'medium'
            ELSE 'ok'
        END AS status
    FROM target AS t
    CROSS JOIN step AS s
    WHERE s.size = 1
),

looks AS (
    INSERT INTO look (target, at, schedule, status, findings, unknown, took_s, worst)
    SELECT
        id, at, 'checks', status, (status <> 'ok')::int, 0, 0.3,
        CASE status
            WHEN 'critical' THEN 'Errors are frequent: 41 %% of requests were answered with 503'
            WHEN 'medium' THEN 'A dependency is slow: it took 2.3 s to answer'
        END
    FROM looked
)

INSERT INTO look_day (target, day, status, looks)
SELECT
    t.id, (%(now)s::timestamptz AT TIME ZONE 'UTC')::date - d.back, s.status,
    CASE s.status WHEN 'ok' THEN 286 ELSE s.looks END
FROM target AS t
CROSS JOIN generate_series(0, 29) AS d (back)
CROSS JOIN (VALUES ('ok', 0), ('medium', 2), ('critical', 3)) AS s (status, looks)
WHERE
    s.status = 'ok'
    OR (s.status = 'medium' AND t.target = 'payments' AND d.back IN (3, 11, 12, 24))
    OR (s.status = 'critical' AND t.target = 'shop' AND d.back IN (2, 17))
