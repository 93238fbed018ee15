-- What is known of some issues of a Sentry.
SELECT issue, status, last_seen, count
FROM sentry_issue
WHERE sentry = %(sentry)s AND issue = ANY(%(issues)s)
