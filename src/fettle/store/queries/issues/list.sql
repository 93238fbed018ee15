-- List issues, the latest first; what is null restricts nothing.
SELECT
    number, title, description, status, held_since, held_until, team, assignee, acknowledged_by,
    classification, milestones, joined_by, signals, merged_into, opened_at, changed_at, calls_since,
    calls_made, broken, ended_at, resolved_as, version,
    kept
FROM issue
WHERE
    (%(before)s::bigint IS NULL OR number < %(before)s)
    AND (%(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s))
    AND (%(severities)s::smallint[] IS NULL OR severity = ANY(%(severities)s))
    AND (%(service)s::text IS NULL OR services @> ARRAY[%(service)s::text])
    AND (%(team)s::text IS NULL OR team = %(team)s)
    AND (NOT %(live)s OR ended_at IS NULL)
    AND (%(words)s::text IS NULL OR search @@ websearch_to_tsquery('simple', %(words)s))
ORDER BY number DESC
LIMIT %(limit)s
