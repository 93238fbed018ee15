-- Hold those who administer, so that two do not take each other's role away; how many they are.
WITH held AS (
    SELECT id FROM fettle_user
    WHERE role = 'admin' AND disabled_at IS NULL
    ORDER BY id
    FOR UPDATE
)

SELECT count(*)::int AS number FROM held
