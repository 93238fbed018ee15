-- Add to the counts of tags. What applications write there can be another each time: beyond so many
-- values of a tag new ones are counted as one, and beyond so many tags of a key new ones not at all.
WITH noted AS (
    SELECT n.key, n.tag, n.value, n.number
    FROM unnest(%(key)s::bigint[], %(tag)s::text[], %(value)s::text[], %(number)s::bigint[])
        AS n (key, tag, value, number)
),

tags AS (
    SELECT
        n.key, n.tag, k.number AS values_before,
        row_number() OVER (PARTITION BY n.key, k.number = 0 ORDER BY n.tag) AS place,
        (
            SELECT count(*)
            FROM (SELECT DISTINCT t.tag FROM error_tag AS t WHERE t.key = n.key) AS d
        ) AS tags_before
    FROM (SELECT DISTINCT key, tag FROM noted) AS n
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM error_tag AS t WHERE t.key = n.key AND t.tag = n.tag
    ) AS k
),

placed AS (
    SELECT
        n.*,
        t.values_before,
        known.value IS NOT NULL AS is_known,
        row_number() OVER (
            PARTITION BY n.key, n.tag, known.value IS NULL ORDER BY n.value
        ) AS place
    FROM noted AS n
    JOIN tags AS t
        ON t.key = n.key AND t.tag = n.tag
        AND (t.values_before > 0 OR t.tags_before + t.place <= %(most_tags)s)
    LEFT JOIN error_tag AS known
        ON known.key = n.key AND known.tag = n.tag AND known.value = n.value
)

INSERT INTO error_tag AS c (key, tag, value, number)
SELECT
    key, tag,
    CASE WHEN is_known OR values_before + place <= %(most_values)s THEN value ELSE '' END,
    sum(number)
FROM placed
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
ON CONFLICT (key, tag, value) DO UPDATE SET number = c.number + excluded.number
