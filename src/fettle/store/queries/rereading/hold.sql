-- Let the new events of a project wait.
UPDATE error_project SET held_until = %(until)s WHERE id = %(project)s
