-- Rehearsals of a machine that nobody is at work on any more.
SELECT id::text FROM rehearsal
WHERE machine = %(machine)s AND verdict IS NULL AND id <> ALL (%(at_work)s::uuid[])
