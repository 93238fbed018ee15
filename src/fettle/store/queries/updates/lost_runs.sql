-- Runs of a machine that nobody is at work on any more.
SELECT id::text FROM update_run
WHERE machine = %(machine)s AND state = 'running' AND id <> ALL (%(at_work)s::uuid[])
