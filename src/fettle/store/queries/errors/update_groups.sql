-- Keep groups as they stand now.
UPDATE error_group AS g
SET
    title = n.title,
    culprit = n.culprit,
    level = n.level,
    state = n.state,
    events = n.events,
    first_seen = n.first_seen,
    last_seen = n.last_seen,
    first_release = n.first_release,
    last_release = n.last_release,
    resolution = n.resolution,
    muting = n.muting,
    version = n.version
FROM jsonb_to_recordset(%(groups)s) AS n (
    id bigint, title text, culprit text, level text, state text, events bigint,
    first_seen timestamptz, last_seen timestamptz, first_release text, last_release text,
    resolution jsonb, muting jsonb, version int
)
WHERE g.id = n.id
