-- The figures of issues that were opened in a time, as review/figures.py says what each is: of all
-- and of each group, over the whole time (part is null) and over each of its parts, which are
-- numbered from 1. Durations are in microseconds, which a double holds exactly; a quantile lies
-- between the two that are nearest to it. Merged issues are counted where they went.
-- Nobody touched what was never taken, and of which no person wrote anything in its timeline.
WITH opened AS MATERIALIZED (
    SELECT
        width_bucket(i.opened_at, %(starts)s::timestamptz[]) AS part,
        -- all, and then the groups that it counts in: in each of its services, once
        ARRAY[NULL::text] || CASE %(by)s::text
            WHEN 'team' THEN ARRAY[i.team]
            WHEN 'class' THEN ARRAY[i.class]
            WHEN 'service' THEN CASE
                WHEN cardinality(i.services) = 0 THEN ARRAY[NULL::text]
                WHEN cardinality(i.services) = 1 THEN i.services
                ELSE (SELECT array_agg(DISTINCT s.name) FROM unnest(i.services) AS s (name))
            END
        END AS names,
        round(date_part('epoch', m.detected - m.started) * 1000000) AS detect,
        round(date_part('epoch', m.acknowledged - m.detected) * 1000000) AS acknowledge,
        round(date_part('epoch', m.mitigated - m.started) * 1000000) AS mitigate,
        round(date_part('epoch', m.resolved - m.started) * 1000000) AS resolve,
        EXISTS (SELECT FROM clock_event AS e WHERE e.issue = i.number AND e.act = 'breached')
            AS breached,
        CASE
            WHEN i.status = 'declined' THEN EXISTS (
                SELECT FROM timeline AS t
                WHERE
                    t.issue = i.number
                    AND t.event = 'declined'
                    AND t.detail ->> 'why' = 'false-positive'
            )
            WHEN i.status NOT IN ('resolved', 'in-review', 'closed') THEN false
            WHEN i.milestones ->> 'acknowledged' IS NOT NULL THEN false
            ELSE NOT EXISTS (
                SELECT FROM timeline AS t
                WHERE
                    t.issue = i.number
                    AND t.event IN (
                        'note', 'assigned', 'held', 'reclassified', 'resolved', 'reopened'
                    )
                    AND t.actor ~ '^(cli|token|user|link):[^/]*$'
            )
        END AS noise,
        EXISTS (SELECT FROM link AS l WHERE l.issue = i.number AND l.kind = 'recurrence')
            AS returned
    FROM issue AS i
    -- what is no trouble has no times
    LEFT JOIN LATERAL (
        SELECT
            (i.milestones ->> 'started')::timestamptz AS started,
            (i.milestones ->> 'detected')::timestamptz AS detected,
            (i.milestones ->> 'acknowledged')::timestamptz AS acknowledged,
            (i.milestones ->> 'mitigated')::timestamptz AS mitigated,
            (i.milestones ->> 'resolved')::timestamptz AS resolved
        OFFSET 0 -- each is read once
    ) AS m ON i.status <> 'declined'
    WHERE
        i.opened_at >= %(start)s
        AND i.opened_at < %(end)s
        AND i.status <> 'merged'
        AND (%(team)s::text IS NULL OR i.team = %(team)s)
        AND (%(service)s::text IS NULL OR i.services @> ARRAY[%(service)s::text])
    LIMIT %(limit)s
)

SELECT
    n.place > 1 AS grouped,
    n.name COLLATE "C" AS name, -- which is quicker to sort
    o.part,
    count(*) AS issues,
    count(*) FILTER (WHERE o.breached) AS breached,
    count(*) FILTER (WHERE o.noise) AS noise,
    count(*) FILTER (WHERE o.returned) AS returned,
    count(o.detect) AS detect_number,
    sum(o.detect::bigint) AS detect_sum,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.detect) AS detect,
    count(o.acknowledge) AS acknowledge_number,
    sum(o.acknowledge::bigint) AS acknowledge_sum,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.acknowledge) AS acknowledge,
    count(o.mitigate) AS mitigate_number,
    sum(o.mitigate::bigint) AS mitigate_sum,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.mitigate) AS mitigate,
    count(o.resolve) AS resolve_number,
    sum(o.resolve::bigint) AS resolve_sum,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY o.resolve) AS resolve
FROM opened AS o, unnest(o.names) WITH ORDINALITY AS n (name, place)
GROUP BY GROUPING SETS ((1, 2), (1, 2, 3))
