UPDATE plan
SET state = %(state)s, decided_by = %(by)s, decided_at = %(at)s, reason = %(reason)s
WHERE id = %(id)s
