-- Add what came to its keys.
UPDATE error_group_key AS k
SET
    events = k.events + n.number,
    first_seen = least(k.first_seen, n.first_seen),
    last_seen = greatest(k.last_seen, n.last_seen),
    first_release = coalesce(k.first_release, n.first_release),
    last_release = coalesce(n.last_release, k.last_release)
FROM jsonb_to_recordset(%(keys)s) AS n (
    id bigint, number bigint, first_seen timestamptz, last_seen timestamptz,
    first_release text, last_release text
)
WHERE k.id = n.id
