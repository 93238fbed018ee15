-- Keep how a log stands, which the caller has locked.
UPDATE log_source
SET
    seen_at = %(seen_at)s,
    lines = %(lines)s,
    learnt_at = %(learnt_at)s,
    silent_at = %(silent_at)s,
    version = %(version)s,
    folded = %(folded)s
WHERE id = %(id)s
