-- When the trouble began that the latest looks at a target saw: the first bad look behind the last
-- good one, or behind a stretch in which nothing bad was seen (three looks, and six hours): who is
-- never known whole has no good look. None where the last that was seen of it is good, or lies
-- before such a stretch. What nobody could see for shorter is neither.
WITH
seen AS (
    SELECT
        l.at,
        l.status NOT IN ('ok', 'unknown') AS bad,
        row_number() OVER (ORDER BY l.at) AS place
    FROM look AS l
    WHERE
        l.target = %(target)s
        AND l.at > %(since)s
        AND l.at > coalesce(
            (
                SELECT g.at
                FROM look AS g
                WHERE g.target = %(target)s AND g.at > %(since)s AND g.status = 'ok'
                ORDER BY g.at DESC
                LIMIT 1
            ),
            %(since)s
        )
),

bad AS (
    SELECT
        at,
        place,
        place - lag(place) OVER w > 3 AND at - lag(at) OVER w > interval '6 hours' AS apart
    FROM seen
    WHERE bad
    WINDOW w AS (ORDER BY at)
)

SELECT max(b.at) FILTER (WHERE b.apart IS NOT FALSE) AS at
FROM bad AS b
HAVING
    (SELECT max(s.place) FROM seen AS s) - max(b.place) < 3
    OR (SELECT max(s.at) FROM seen AS s) - max(b.at) <= interval '6 hours'
