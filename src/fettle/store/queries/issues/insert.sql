-- Keep new issues, under numbers that were given out.
INSERT INTO issue (
    number, title, description, status, held_since, held_until, severity, priority, category,
    class, services, team, assignee, acknowledged_by, classification, milestones, joined_by,
    signals, merged_into, opened_at, changed_at, calls_since, calls_made, broken, ended_at,
    resolved_as
)
OVERRIDING SYSTEM VALUE
SELECT
    r.number,
    r.title,
    r.description,
    r.status,
    r.held_since,
    r.held_until,
    r.severity,
    r.priority,
    r.category,
    r.class,
    ARRAY(SELECT jsonb_array_elements_text(r.services)),
    r.team,
    r.assignee,
    r.acknowledged_by,
    r.classification,
    r.milestones,
    r.joined_by,
    r.signals,
    r.merged_into,
    r.opened_at,
    r.changed_at,
    r.calls_since,
    r.calls_made,
    ARRAY(SELECT jsonb_array_elements_text(r.broken)),
    r.ended_at,
    r.resolved_as
FROM jsonb_to_recordset(%(issues)s) AS r (
    number bigint, title text, description text, status text, held_since timestamptz,
    held_until timestamptz, severity smallint, priority text, category text, class text,
    services jsonb, team text, assignee text, acknowledged_by text, classification jsonb,
    milestones jsonb, joined_by text, signals int, merged_into bigint, opened_at timestamptz,
    changed_at timestamptz, calls_since timestamptz, calls_made int, broken jsonb,
    ended_at timestamptz, resolved_as text
)
