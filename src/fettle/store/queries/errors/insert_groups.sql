-- Keep new groups, in the order in which they are given.
INSERT INTO error_group (
    project, title, culprit, level, state, events, first_seen, last_seen, first_release,
    last_release, resolution, muting, known, version
)
SELECT
    project, title, culprit, level, state, events, first_seen, last_seen, first_release,
    last_release, resolution, muting, known, version
FROM jsonb_to_recordset(%(groups)s) AS g (
    place int, project uuid, title text, culprit text, level text, state text, events bigint,
    first_seen timestamptz, last_seen timestamptz, first_release text, last_release text,
    resolution jsonb, muting jsonb, known jsonb, version int
)
ORDER BY place
RETURNING id
