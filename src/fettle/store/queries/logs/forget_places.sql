-- Files that are gone.
DELETE FROM log_place
WHERE source = %(source)s AND machine = %(machine)s AND file = ANY(%(file)s::text[])
