-- How reading goes, with how many issues of each project were read.
SELECT
    r.sentry, r.project, r.read_at, r.failed_at, r.failure, r.due_at,
    (
        SELECT count(*)::int FROM sentry_issue AS i
        WHERE i.sentry = r.sentry AND i.slug = r.project
    ) AS issues
FROM sentry_reading AS r
ORDER BY r.sentry, r.project
