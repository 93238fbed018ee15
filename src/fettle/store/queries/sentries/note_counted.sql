-- Keep that all is counted that was told of an issue.
UPDATE sentry_issue SET counted = %(counted)s, counted_hours = %(counted_hours)s
WHERE sentry = %(sentry)s AND issue = %(issue)s
