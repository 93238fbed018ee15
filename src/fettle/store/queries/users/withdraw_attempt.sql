-- Forget an attempt that was not looked at, or was right.
DELETE FROM log_in_attempt WHERE id = %(id)s
