-- Keep a user's recovery codes by their hashes.
INSERT INTO recovery_code (user_id, hash) SELECT %(user)s, unnest(%(hashes)s::bytea [])
