SELECT FROM fix_run WHERE id = %(id)s FOR UPDATE
