-- The names of those who have logged in and may do more than look.
SELECT name
FROM fettle_user
WHERE disabled_at IS NULL AND seen_at IS NOT NULL AND role <> 'viewer'
ORDER BY name
LIMIT 1000
