-- The tags of a group's events, with the values that were most frequent.
WITH counted AS (
    SELECT t.tag, t.value, sum(t.number)::bigint AS number
    FROM error_group_key AS k
    JOIN error_tag AS t ON t.key = k.id
    WHERE k.error_group = %(id)s
    GROUP BY t.tag, t.value
),

placed AS (
    SELECT
        tag, value, number,
        sum(number) OVER (PARTITION BY tag)::bigint AS total,
        row_number() OVER (PARTITION BY tag ORDER BY value = '', number DESC, value) AS place
    FROM counted
)

SELECT tag, value, number, total
FROM placed
WHERE place <= %(most)s
ORDER BY tag, place
