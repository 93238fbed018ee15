-- Those of some parts that are here, with their sizes.
SELECT checksum, octet_length(body) AS size FROM upload_chunk WHERE checksum = ANY(%(checksums)s)
