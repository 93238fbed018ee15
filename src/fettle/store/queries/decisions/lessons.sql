-- Decisions as the model learns from them, the newest first; a page that goes on before `at`, `id`.
SELECT id, at, told::text AS told, settled::text AS settled
FROM decision
WHERE %(at)s::timestamptz IS NULL OR (at, id) < (%(at)s::timestamptz, %(id)s::bigint)
ORDER BY at DESC, id DESC
LIMIT %(limit)s
