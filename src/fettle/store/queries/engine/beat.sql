-- A sign of life; a worker whose row was removed comes back.
INSERT INTO worker (id, host, labels, version)
VALUES (%(id)s, %(host)s, %(labels)s, %(version)s)
ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()
RETURNING seen_at
