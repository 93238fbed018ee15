-- Keep that an issue was not found there: that may be a token's fault, or a proxy's.
UPDATE sentry_issue SET missing_at = %(now)s
WHERE sentry = %(sentry)s AND issue = %(issue)s
