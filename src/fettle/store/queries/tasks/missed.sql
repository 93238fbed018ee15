-- How often the time of each task came and nothing did: no run, and no later time that did for it.
SELECT
    task,
    count(*)::int AS times,
    max(starts_at) AS last_at,
    (array_agg(reason ORDER BY starts_at DESC))[1] AS reason
FROM occurrence
WHERE
    run IS NULL AND reason LIKE 'missed:%%' AND reason <> %(made_up)s
    AND starts_at >= %(since)s
    AND (%(tasks)s::text[] IS NULL OR task = ANY(%(tasks)s))
GROUP BY task
ORDER BY task
