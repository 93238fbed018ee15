-- Say what issues are joined by here whose event was digested meanwhile.
UPDATE sentry_issue AS i
SET key = e.key
FROM error_event AS e
WHERE
    i.key IS NULL AND i.event IS NOT NULL
    AND e.project = i.project AND e.event_id = i.event AND e.key IS NOT NULL
