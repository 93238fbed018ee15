-- The open issues that matter most: by priority, those that nobody has taken first, then the oldest.
SELECT
    number, title, description, status, held_since, held_until, team, assignee, acknowledged_by,
    classification, milestones, joined_by, signals, merged_into, opened_at, changed_at, calls_since,
    calls_made, ended_at, resolved_as, version, kept, broken
FROM issue
WHERE ended_at IS NULL AND status <> ALL('{resolved,in-review}')
ORDER BY priority, acknowledged_by IS NOT NULL, number
LIMIT %(limit)s
