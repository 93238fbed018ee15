-- Let a user log in again.
UPDATE fettle_user SET disabled_at = NULL WHERE id = %(user)s
