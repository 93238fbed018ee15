-- Keep how a known error is now; the caller has locked it.
UPDATE known_error
SET
    version = %(version)s,
    document = %(document)s,
    retired = %(retired)s,
    changed_at = %(at)s,
    changed_by = %(actor)s
WHERE id = %(id)s
