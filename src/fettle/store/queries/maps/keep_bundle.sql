INSERT INTO source_bundle (project, checksum, release, dist, uploaded_at)
VALUES (%(project)s, %(checksum)s, %(release)s, %(dist)s, %(at)s)
ON CONFLICT (project, checksum, release, dist) DO UPDATE SET uploaded_at = excluded.uploaded_at
