-- What a request with this Idempotency-Key was answered.
SELECT request, status, body FROM answered WHERE actor = %(actor)s AND key = %(key)s
