-- What a ping, or its absence, made of a heartbeat that the caller has locked.
UPDATE heartbeat
SET state = %(state)s, seen_at = %(seen_at)s, started_at = %(started_at)s, started_run = %(started_run)s
WHERE id = %(id)s
