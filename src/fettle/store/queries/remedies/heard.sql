-- How alerts stand: those that were watched, and those that an issue has now.
SELECT
    a.title,
    a.firing OR a.flapping AS goes_on,
    last.document ->> 'kind' AS kind,
    fired.at AS fired_at
FROM alert AS a
CROSS JOIN LATERAL (
    SELECT document FROM signal WHERE alert = a.id ORDER BY id DESC LIMIT 1
) AS last
LEFT JOIN LATERAL (
    SELECT at FROM signal WHERE alert = a.id AND firing ORDER BY id DESC LIMIT 1
) AS fired ON true
WHERE a.id = ANY(%(watched)s) OR a.issue = %(issue)s
ORDER BY a.id
