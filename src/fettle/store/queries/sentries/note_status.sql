-- Keep how an issue stands there from a moment on.
UPDATE sentry_issue
SET status = %(status)s, read_at = greatest(read_at, %(now)s), missing_at = NULL
WHERE sentry = %(sentry)s AND issue = %(issue)s
