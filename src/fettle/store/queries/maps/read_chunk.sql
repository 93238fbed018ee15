SELECT body FROM upload_chunk WHERE checksum = %(checksum)s
