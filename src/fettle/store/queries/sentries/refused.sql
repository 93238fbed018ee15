-- Why the latest event of an issue could not be taken; no row where it was.
SELECT refused
FROM sentry_issue
WHERE sentry = %(sentry)s AND issue = %(issue)s AND refused IS NOT NULL
