-- Hold the files of a log on a machine, unless somebody else does: `first` where nobody ever did.
-- `xmax` of a row that was just made is 0.
INSERT INTO log_follower AS f (source, machine, holder, until)
VALUES (%(source)s, %(machine)s, %(holder)s, %(until)s)
ON CONFLICT (source, machine) DO UPDATE
SET holder = excluded.holder, until = excluded.until
WHERE f.holder = excluded.holder OR f.until < %(now)s
RETURNING f.xmax = 0 AS first
