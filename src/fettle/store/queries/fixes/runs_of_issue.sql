-- The runs of the plans of an issue, the latest first.
SELECT
    r.id::text, r.plan, r.unit AS fix, r.target, r.subject, r.actor, r.status, r.verified,
    r.reason, r.remedy, r.undoes::text, r.created_at, r.started_at, r.finished_at
FROM issue_plan AS i
JOIN fix_run AS r ON r.plan = i.plan
WHERE i.issue = %(issue)s
ORDER BY r.created_at DESC, r.id DESC
LIMIT %(limit)s
