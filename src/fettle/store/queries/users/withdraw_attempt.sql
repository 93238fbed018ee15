-- Forget an attempt that was not let through.
DELETE FROM log_in_attempt WHERE id = %(id)s
