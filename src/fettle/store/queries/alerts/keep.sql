-- Keep alerts as they stand now; the same source and key are the same alert.
INSERT INTO alert AS a (
    source, key, firing, title, severity, service, labels, source_group, times, changes, flapping,
    started_at, ended_at, seen_at, issue, judged, said, told_start
)
SELECT
    r.source,
    r.key,
    r.firing,
    r.title,
    r.severity,
    r.service,
    r.labels,
    r.source_group,
    r.times,
    ARRAY(SELECT jsonb_array_elements_text(r.changes)::timestamptz),
    r.flapping,
    r.started_at,
    r.ended_at,
    r.seen_at,
    r.issue,
    r.judged,
    r.said,
    r.told_start
FROM jsonb_to_recordset(%(alerts)s) AS r (
    source text, key text, firing boolean, title text, severity smallint, service text,
    labels jsonb, source_group text, times int, changes jsonb, flapping boolean,
    started_at timestamptz, ended_at timestamptz, seen_at timestamptz, issue bigint,
    judged smallint, said text, told_start timestamptz
)
ON CONFLICT (source, key) DO UPDATE
SET
    firing = excluded.firing,
    title = excluded.title,
    severity = excluded.severity,
    service = excluded.service,
    labels = excluded.labels,
    source_group = excluded.source_group,
    times = excluded.times,
    changes = excluded.changes,
    flapping = excluded.flapping,
    started_at = excluded.started_at,
    ended_at = excluded.ended_at,
    seen_at = excluded.seen_at,
    issue = excluded.issue,
    judged = excluded.judged,
    said = excluded.said,
    told_start = excluded.told_start
RETURNING a.id, a.source, a.key
