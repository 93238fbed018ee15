-- Take an Idempotency-Key within the caller's transaction; another request with it waits here.
-- No row when it was answered before.
INSERT INTO answered (actor, key, request, status)
VALUES (%(actor)s, %(key)s, %(request)s, 0)
ON CONFLICT DO NOTHING
RETURNING key
