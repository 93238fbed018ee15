-- Keep how a use of a remedy stands; the caller has locked it.
UPDATE remedy_attempt
SET
    state = %(state)s,
    outcome = %(outcome)s,
    reason = %(reason)s,
    decided_by = %(decided_by)s,
    decided_at = %(decided_at)s,
    acted_at = %(acted_at)s,
    until = %(until)s,
    ended_at = %(ended_at)s,
    watched = %(watched)s,
    fix_run = %(fix_run)s
WHERE id = %(id)s
