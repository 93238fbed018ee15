-- Hold a user until the transaction ends.
SELECT id FROM fettle_user WHERE name = %(name)s FOR UPDATE
