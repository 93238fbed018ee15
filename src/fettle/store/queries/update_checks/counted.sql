-- How many updates wait that close a weakness, by how bad the worst is; those held are none of them.
SELECT worst, count(*)::int AS number, min(first_seen) AS since
FROM update_offer
WHERE gone_at IS NULL AND type = 'security' AND NOT held
GROUP BY worst
ORDER BY worst DESC
