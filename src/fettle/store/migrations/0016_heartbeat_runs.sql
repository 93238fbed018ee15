-- Jobs name their runs. Who knows the id of a heartbeat can ping it, and an alert's key is shown to
-- everybody: it is the name from now on.

ALTER TABLE heartbeat ADD COLUMN started_run uuid;
COMMENT ON COLUMN heartbeat.started_run IS 'The run that began last, where the job names its runs';
UPDATE signal AS s
SET document = jsonb_set(s.document, '{key}', to_jsonb(h.name))
FROM alert AS a
JOIN heartbeat AS h ON a.key = h.id::text
WHERE s.alert = a.id AND a.source = 'heartbeats';
UPDATE alert AS a
SET key = h.name
FROM heartbeat AS h
WHERE a.source = 'heartbeats' AND a.key = h.id::text;
