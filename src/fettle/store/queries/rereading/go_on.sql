-- Let the new events of a project wait no more, unless somebody has asked for it since.
UPDATE error_project SET held_until = NULL
WHERE id = %(project)s AND held_until <= %(until)s
