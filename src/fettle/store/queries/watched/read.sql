-- What goes on in a target, and what its latest look was.
SELECT id, firing, pending, ended, told, missed, version, run, status, away_at
FROM watched
WHERE target = %(target)s
