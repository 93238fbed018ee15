-- Keep changed issues; one that somebody else has changed meanwhile is not among those returned.
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
    version = i.version + 1
FROM jsonb_to_recordset(%(issues)s) AS r (
    number bigint, title text, description text, status text, held_since timestamptz,
    held_until timestamptz, severity smallint, priority text, category text, class text,
    services jsonb, team text, assignee text, acknowledged_by text, classification jsonb,
    milestones jsonb, joined_by text, signals int, merged_into bigint, changed_at timestamptz,
    calls_since timestamptz, calls_made int, broken jsonb,
    ended_at timestamptz, resolved_as text, version int
)
WHERE i.number = r.number AND i.version = r.version
RETURNING i.number
