-- How it stands with receivers: when each took something at last since then, what waits for it, and
-- why what waits, or was given up, was not taken at last.
SELECT
    receiver,
    max(sent_at) AS told_at,
    count(*) FILTER (WHERE state = 'waiting')::int AS waiting,
    count(*) FILTER (WHERE state = 'failed')::int AS failed,
    (
        array_agg(error ORDER BY number DESC)
        FILTER (WHERE error IS NOT NULL AND state IN ('waiting', 'failed'))
    )[1] AS error
FROM outbox
WHERE receiver = ANY(%(receivers)s) AND (state = 'waiting' OR created_at > %(since)s)
GROUP BY receiver
