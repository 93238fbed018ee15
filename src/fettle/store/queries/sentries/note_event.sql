-- Keep which event of an issue was read, or why none could be, and what is counted of it by that.
-- Where neither is said the issue has not changed.
UPDATE sentry_issue
SET
    event = coalesce(%(event)s, event),
    key = CASE WHEN event IS NOT DISTINCT FROM coalesce(%(event)s, event) THEN key END,
    refused = CASE
        WHEN %(event)s::uuid IS NULL THEN coalesce(%(refused)s, refused)
        ELSE %(refused)s
    END,
    counted = %(counted)s,
    counted_hours = %(counted_hours)s
WHERE sentry = %(sentry)s AND issue = %(issue)s
