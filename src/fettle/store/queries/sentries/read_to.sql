-- Keep how far a project was read so far.
UPDATE sentry_reading SET read_to = greatest(read_to, %(read_to)s)
WHERE sentry = %(sentry)s AND project = %(project)s
