-- Let the new events of a project wait; those that wait already, no longer than they do: who asks
-- again and again would let them wait for ever.
UPDATE error_project SET held_until = %(until)s
WHERE id = %(project)s AND (held_until IS NULL OR held_until <= %(now)s)
