-- Unsafe acts, the latest first, before an entry where one is given.
SELECT id, at, actor, act, subject, request, detail
FROM audit
WHERE %(before)s::bigint IS NULL OR id < %(before)s
ORDER BY id DESC
LIMIT %(limit)s
