INSERT INTO deploy (service, version, at, actor, note, url, marked_at)
VALUES (%(service)s, %(version)s, %(at)s, %(actor)s, %(note)s, %(url)s, %(now)s)
RETURNING service, version, at, actor, note, url, id
