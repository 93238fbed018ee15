-- Whether the store has known errors that people write.
SELECT to_regclass('known_error') IS NOT NULL AS is_there
