-- Take the code of a step, unless it or a later one was taken before; no row then.
UPDATE fettle_user
SET totp_step = %(step)s
WHERE id = %(user)s AND totp IS NOT NULL AND (totp_step IS NULL OR totp_step < %(step)s)
RETURNING id
