-- Keep a part of a bundle; one that is here stays for longer. Nothing where there is no room.
INSERT INTO upload_chunk (checksum, body, uploaded_at)
SELECT %(checksum)s, %(body)s, %(at)s
WHERE
    (SELECT coalesce(sum(octet_length(body)), 0) FROM upload_chunk)
    + octet_length(%(body)s::bytea) <= %(most)s
    OR EXISTS (SELECT FROM upload_chunk WHERE checksum = %(checksum)s)
ON CONFLICT (checksum) DO UPDATE SET uploaded_at = excluded.uploaded_at
RETURNING 1 AS kept
