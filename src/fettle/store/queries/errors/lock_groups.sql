-- Groups that are about to be changed.
SELECT
    id, project, title, culprit, level, state, events, first_seen, last_seen, first_release,
    last_release, resolution, muting, version
FROM error_group
WHERE id = ANY(%(ids)s)
ORDER BY id
FOR UPDATE
