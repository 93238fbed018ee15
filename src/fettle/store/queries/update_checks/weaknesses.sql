-- What nothing on offer closes, the worst first.
SELECT key, told, accepted, first_seen, last_seen
FROM update_weakness
WHERE gone_at IS NULL
ORDER BY worst DESC, first_seen, key
