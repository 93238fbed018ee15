-- Tokens and keys that were revoked; the audit log goes on naming them.
WITH over AS (
    SELECT id
    FROM credential
    WHERE revoked_at < %(before)s
    ORDER BY revoked_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM credential USING over WHERE credential.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
