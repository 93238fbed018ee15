-- Which messages are still their taker's, who shows life by asking.
WITH me AS (
    UPDATE worker SET seen_at = clock_timestamp() WHERE id = %(taker)s RETURNING id
)

SELECT o.id
FROM outbox AS o
INNER JOIN me ON me.id = o.taken_by
WHERE o.id = ANY(%(ids)s) AND o.state = 'waiting'
