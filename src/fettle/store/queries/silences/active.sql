-- The silences that count at a moment.
SELECT id, matchers, comment, starts_at, ends_at, created_by, created_at
FROM silence
WHERE starts_at <= %(at)s AND ends_at > %(at)s
ORDER BY created_at, id
