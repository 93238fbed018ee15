UPDATE fix_run
SET status = %(status)s, verified = %(verified)s, reason = %(reason)s,
    finished_at = %(finished_at)s
WHERE id = %(id)s AND status = 'running'
