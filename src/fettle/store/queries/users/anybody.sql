-- Whether anybody can log in: has a password, or is known at a provider.
SELECT
    EXISTS (SELECT FROM fettle_user WHERE password IS NOT NULL AND disabled_at IS NULL)
    OR EXISTS (SELECT FROM user_identity) AS anybody
