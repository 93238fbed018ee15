-- Turn the second factor on, with a secret and the code that proved it, or off with neither.
UPDATE fettle_user SET totp = %(totp)s, totp_step = %(step)s WHERE id = %(user)s
