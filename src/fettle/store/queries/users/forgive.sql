-- Forget the attempts of a name from a client: it has logged in.
DELETE FROM log_in_attempt WHERE name = %(name)s AND client = %(client)s
