-- Read issues that are about to be changed; who comes second waits.
SELECT
    number, title, description, status, held_since, held_until, team, assignee, acknowledged_by,
    classification, milestones, joined_by, signals, merged_into, opened_at, changed_at, calls_since,
    calls_made, broken, ended_at, resolved_as, version,
    kept
FROM issue
WHERE number = ANY(%(numbers)s)
ORDER BY number
FOR UPDATE
