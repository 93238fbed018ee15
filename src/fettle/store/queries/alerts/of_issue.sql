-- The alerts of an issue, those that go on first, with the addresses that each was last told with.
SELECT
    a.id, a.source, a.key, a.firing, a.title, a.severity, a.service, a.labels, a.source_group,
    a.times, a.changes, a.flapping, a.started_at, a.ended_at, a.seen_at, a.issue,
    a.judged, a.said, a.told_start, s.document ->> 'url' AS url,
    s.document ->> 'runbook_url' AS runbook_url
FROM (
    SELECT * FROM alert WHERE issue = %(issue)s ORDER BY firing DESC, id LIMIT %(limit)s
) AS a
LEFT JOIN LATERAL (
    SELECT document FROM signal WHERE alert = a.id AND firing ORDER BY id DESC LIMIT 1
) AS s ON true
ORDER BY a.firing DESC, a.id
