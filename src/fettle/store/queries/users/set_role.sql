-- Give a user another role.
UPDATE fettle_user SET role = %(role)s WHERE id = %(user)s
