-- Keep what is on offer; since when it is known stays. `new` is what was never seen before.
INSERT INTO update_offer (
    id, ecosystem, package, place, project, current, version, type, worst, held, told, accepted,
    first_seen, last_seen
)
SELECT
    id, ecosystem, package, place, project, current, version, type, worst, held, told, accepted,
    %(at)s, %(at)s
FROM jsonb_to_recordset(%(offers)s) AS o (
    id text, ecosystem text, package text, place text, project text, current text, version text,
    type text, worst int, held boolean, told jsonb, accepted jsonb
)
ON CONFLICT (id) DO UPDATE SET
    project = excluded.project,
    current = excluded.current,
    type = excluded.type,
    worst = excluded.worst,
    held = excluded.held,
    told = excluded.told,
    accepted = excluded.accepted,
    last_seen = excluded.last_seen,
    gone_at = NULL
RETURNING first_seen = last_seen AS new
