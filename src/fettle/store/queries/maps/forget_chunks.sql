DELETE FROM upload_chunk WHERE checksum = ANY(%(checksums)s)
