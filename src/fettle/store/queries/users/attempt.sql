-- Note an attempt to log in, before it is looked at.
INSERT INTO log_in_attempt (at, name, client) VALUES (%(now)s, %(name)s, %(client)s) RETURNING id
