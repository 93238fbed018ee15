-- Let an issue be another one, into which it was merged there, with what was counted of it.
UPDATE sentry_issue AS i
SET status = 'merged', count = 0, hours = '{}', counted = 0, counted_hours = '{}'
FROM sentry_issue AS was
WHERE
    (i.sentry, i.issue) = (%(sentry)s, %(issue)s) AND (was.sentry, was.issue) = (i.sentry, i.issue)
RETURNING was.counted, was.counted_hours
