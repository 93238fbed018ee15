-- Keep what a rehearsal came to; what is known stays.
UPDATE rehearsal
SET verdict = %(verdict)s, judged = %(judged)s, finished_at = %(now)s
WHERE id = %(id)s AND verdict IS NULL
RETURNING id
