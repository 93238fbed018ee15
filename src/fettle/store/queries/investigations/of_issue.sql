-- The latest look of an issue at each target that was made or failed, and one that it waits for.
SELECT
    i.id, i.issue, i.target, i.why, i.asked_by, i.asked_at, i.anew, i.symptoms, i.state, i.snapshot,
    i.matches, i.change, i.reason, i.remedy, i.ended_at, s.started_at, s.document, s.plans
FROM (
    SELECT DISTINCT ON (target, state = 'waiting') *
    FROM investigation
    WHERE issue = %(issue)s
    ORDER BY target, state = 'waiting', id DESC
) AS i
LEFT JOIN snapshot AS s ON s.id = i.snapshot
ORDER BY i.target, i.id
