UPDATE update_run SET branch = %(branch)s WHERE id = %(id)s
