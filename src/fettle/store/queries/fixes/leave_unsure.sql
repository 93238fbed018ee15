-- A run whose process died: nobody holds the subject's lock any more, so nobody is at it.
UPDATE fix_run
SET status = 'unsure', finished_at = now(), reason = 'the process that ran it ended before it did'
WHERE target = %(target)s AND subject = %(subject)s AND status = 'running'
