-- How many messages each receiver got since then.
SELECT receiver, count(*)::int AS number
FROM outbox
WHERE sent_at > %(since)s AND receiver = ANY(%(receivers)s)
GROUP BY receiver
