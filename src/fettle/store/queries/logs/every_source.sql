-- The ids of all logs.
SELECT id FROM log_source ORDER BY id
