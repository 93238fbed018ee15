-- The figures of issues that were opened in a time, as review/figures.py says what each is: of all
-- (by is null), or of each team, service or class; over the whole time (part is null), and over each
-- of its parts, which are numbered from 1: of the largest groups alone, where most is not null.
-- Durations are in microseconds, which a double holds exactly; a quantile lies between the two that
-- are nearest to it. An issue counts in each of its services, once.
WITH cells AS (
    SELECT
        o.name COLLATE "C" AS name, -- which is quicker to sort
        o.part,
        count(*) AS issues,
        count(*) FILTER (WHERE o.breached) AS breached,
        count(*) FILTER (WHERE o.noise) AS noise,
        count(*) FILTER (WHERE o.returned) AS returned,
        count(o.detect) AS detect_number,
        sum(o.detect) AS detect_sum,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.detect) AS detect,
        count(o.acknowledge) AS acknowledge_number,
        sum(o.acknowledge) AS acknowledge_sum,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.acknowledge) AS acknowledge,
        count(o.mitigate) AS mitigate_number,
        sum(o.mitigate) AS mitigate_sum,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.mitigate) AS mitigate,
        count(o.resolve) AS resolve_number,
        sum(o.resolve) AS resolve_sum,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.resolve) AS resolve
    FROM (
        SELECT
            width_bucket(k.opened_at, %(starts)s::timestamptz[]) AS part,
            CASE %(by)s::text
                WHEN 'team' THEN k.team
                WHEN 'class' THEN k.class
                WHEN 'service' THEN s.name
            END AS name,
            k.breached,
            k.noise,
            k.returned,
            k.detect,
            k.acknowledge,
            k.mitigate,
            k.resolve
        FROM (
            SELECT *
            FROM counted
            WHERE
                counts
                AND opened_at >= %(start)s
                AND opened_at < %(end)s
                AND (%(team)s::text IS NULL OR team = %(team)s)
                AND (%(service)s::text IS NULL OR services @> ARRAY[%(service)s::text])
            LIMIT %(limit)s
        ) AS k
        LEFT JOIN LATERAL unnest(k.services) AS s (name) ON %(by)s::text = 'service'
    ) AS o
    GROUP BY GROUPING SETS ((1), (1, 2))
),

sized AS (
    SELECT *, max(issues) OVER (PARTITION BY name) AS size -- that of the whole time
    FROM cells
),

ranked AS (
    SELECT *, dense_rank() OVER (ORDER BY size DESC, name NULLS LAST) AS place
    FROM sized
)

SELECT *
FROM ranked
WHERE part IS NULL OR %(most)s::int IS NULL OR place <= %(most)s
