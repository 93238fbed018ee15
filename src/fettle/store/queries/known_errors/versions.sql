-- The versions of a known error, the latest first.
SELECT version, at, actor, act, document
FROM known_error_version
WHERE id = %(id)s
ORDER BY version DESC
LIMIT %(limit)s
