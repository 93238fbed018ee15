-- Keep a password's hash.
UPDATE fettle_user SET password = %(password)s WHERE id = %(user)s
