-- Note that a server has started, and where it is reached.
INSERT INTO server (url, started_at)
VALUES (%(url)s, %(at)s)
ON CONFLICT (url) DO UPDATE SET started_at = excluded.started_at
