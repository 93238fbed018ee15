-- A version of a known error.
SELECT version, at, actor, act, document
FROM known_error_version
WHERE id = %(id)s AND version = %(version)s
