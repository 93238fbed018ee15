-- Keep what nothing on offer closes; since when it is known stays.
INSERT INTO update_weakness (key, worst, told, accepted, first_seen, last_seen)
SELECT key, worst, told, accepted, %(at)s, %(at)s
FROM jsonb_to_recordset(%(weaknesses)s) AS w (key text, worst int, told jsonb, accepted text)
ON CONFLICT (key) DO UPDATE SET
    worst = excluded.worst,
    told = excluded.told,
    accepted = excluded.accepted,
    last_seen = excluded.last_seen,
    gone_at = NULL
