-- What was taken into templates waits no more.
DELETE FROM log_batch WHERE id = ANY(%(ids)s::bigint[])
