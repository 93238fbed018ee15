-- Let a user log in no more.
UPDATE fettle_user SET disabled_at = coalesce(disabled_at, %(now)s) WHERE id = %(user)s
