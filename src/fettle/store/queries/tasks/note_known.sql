-- Keep up to when the slots of tasks are settled, by the windows that they have now.
INSERT INTO task_known (task, "window", reckoned_until)
SELECT given.task, given.window_text, given.until
FROM unnest(%(tasks)s::text[], %(windows)s::text[], %(untils)s::timestamptz[])
    AS given (task, window_text, until)
ON CONFLICT (task) DO UPDATE
SET "window" = excluded."window", reckoned_until = excluded.reckoned_until
