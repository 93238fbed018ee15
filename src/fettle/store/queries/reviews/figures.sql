-- The figures of issues that were opened in a time, as review/figures.py says what each is: of all
-- (by is null), or of each team, service or class; over each of the parts of the time that are
-- given, which are numbered from 1. Of groups those that are named, and the one without a name where
-- unnamed is true; of all where names is null.
-- Each part is read by itself: rows that are sorted by it first cost as much as all the rest.
-- Durations are in microseconds. A quantile is one of them, which sorts whole numbers: twice as
-- quick as one between two. The two middle ones are the same where their number is odd. An issue
-- counts in each of its services, once.
SELECT p.part::int AS part, f.*
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[])
    WITH ORDINALITY AS p (starts, ends, part)
CROSS JOIN LATERAL (
    -- What counts is read in one place, and never kept: one of its two readers is always idle.
    WITH opened AS NOT MATERIALIZED (
        SELECT
            team, class, services, breached, noise, returned, detect, acknowledge, mitigate, resolve
        FROM counted
        WHERE
            counts
            AND opened_at >= p.starts
            AND opened_at < p.ends
            AND (%(team)s::text IS NULL OR team = %(team)s)
            AND (%(service)s::text IS NULL OR services @> ARRAY[%(service)s::text])
        LIMIT %(limit)s
    )

    SELECT
        o.name COLLATE "C" AS name, -- which is quicker to sort
        count(*) AS issues,
        count(*) FILTER (WHERE o.breached) AS breached,
        count(*) FILTER (WHERE o.noise) AS noise,
        count(*) FILTER (WHERE o.returned) AS returned,
        count(o.detect) AS detect_number,
        sum(o.detect) AS detect_sum,
        percentile_disc(ARRAY[0.5, 0.5000001, 0.9]) WITHIN GROUP (ORDER BY o.detect) AS detect,
        count(o.acknowledge) AS acknowledge_number,
        sum(o.acknowledge) AS acknowledge_sum,
        percentile_disc(ARRAY[0.5, 0.5000001, 0.9]) WITHIN GROUP (ORDER BY o.acknowledge)
            AS acknowledge,
        count(o.mitigate) AS mitigate_number,
        sum(o.mitigate) AS mitigate_sum,
        percentile_disc(ARRAY[0.5, 0.5000001, 0.9]) WITHIN GROUP (ORDER BY o.mitigate)
            AS mitigate,
        count(o.resolve) AS resolve_number,
        sum(o.resolve) AS resolve_sum,
        percentile_disc(ARRAY[0.5, 0.5000001, 0.9]) WITHIN GROUP (ORDER BY o.resolve) AS resolve
    FROM (
        SELECT CASE %(by)s::text WHEN 'team' THEN k.team WHEN 'class' THEN k.class END AS name, k.*
        FROM opened AS k
        WHERE %(by)s::text IS DISTINCT FROM 'service'
        -- apart, since what is joined to each row costs as much as reading it
        UNION ALL
        SELECT s.name, k.*
        FROM opened AS k
        LEFT JOIN LATERAL unnest(k.services) AS s (name) ON true
        WHERE %(by)s::text = 'service'
    ) AS o
    WHERE
        %(names)s::text[] IS NULL
        OR o.name = ANY(%(names)s)
        OR (o.name IS NULL AND %(unnamed)s)
    GROUP BY 1
) AS f
