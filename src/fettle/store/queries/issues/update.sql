-- Keep changed issues; one that somebody else has kept meanwhile is not among those returned.
-- The version is raised by what somebody who sees the issue has to know: what people do, and what it
-- is, whose, and how it stands; not by alerts that join it, calls, or its clocks.
UPDATE issue AS i
SET
    title = r.title,
    description = r.description,
    status = r.status,
    held_since = r.held_since,
    held_until = r.held_until,
    severity = r.severity,
    priority = r.priority,
    category = r.category,
    class = r.class,
    services = ARRAY(SELECT jsonb_array_elements_text(r.services)),
    team = r.team,
    assignee = r.assignee,
    acknowledged_by = r.acknowledged_by,
    classification = r.classification,
    milestones = r.milestones,
    joined_by = r.joined_by,
    signals = r.signals,
    merged_into = r.merged_into,
    changed_at = r.changed_at,
    calls_since = r.calls_since,
    calls_made = r.calls_made,
    broken = ARRAY(SELECT jsonb_array_elements_text(r.broken)),
    ended_at = r.ended_at,
    resolved_as = r.resolved_as,
    kept = i.kept + 1,
    version = i.version + (
        r.by_people
        OR (
            i.status, i.held_since, i.severity, i.priority, i.category, i.class, i.services,
            i.team, i.assignee, i.acknowledged_by, i.merged_into
        ) IS DISTINCT FROM (
            r.status, r.held_since, r.severity, r.priority, r.category, r.class,
            ARRAY(SELECT jsonb_array_elements_text(r.services)),
            r.team, r.assignee, r.acknowledged_by, r.merged_into
        )
    )::int
FROM jsonb_to_recordset(%(issues)s) AS r (
    number bigint, title text, description text, status text, held_since timestamptz,
    held_until timestamptz, severity smallint, priority text, category text, class text,
    services jsonb, team text, assignee text, acknowledged_by text, classification jsonb,
    milestones jsonb, joined_by text, signals int, merged_into bigint, changed_at timestamptz,
    calls_since timestamptz, calls_made int, broken jsonb,
    ended_at timestamptz, resolved_as text, kept int, by_people boolean
)
WHERE i.number = r.number AND i.kept = r.kept
RETURNING i.number, i.version
