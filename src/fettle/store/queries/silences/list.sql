-- Silences in these states, the latest first, after one where it is given.
SELECT id, matchers, comment, starts_at, ends_at, created_by, created_at
FROM silence
WHERE
    CASE
        WHEN ends_at <= %(now)s THEN 'ended'
        WHEN starts_at > %(now)s THEN 'pending'
        ELSE 'active'
    END = ANY(%(states)s)
    AND (
        %(after_id)s::uuid IS NULL
        OR (created_at, id) < (%(after_created_at)s::timestamptz, %(after_id)s::uuid)
    )
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s
