-- Keep how an issue stands there.
UPDATE sentry_issue SET status = %(status)s
WHERE sentry = %(sentry)s AND issue = %(issue)s
