-- Keep what a known error says now, as its latest version.
INSERT INTO known_error_version (id, version, at, actor, act, document)
VALUES (%(id)s, %(version)s, %(at)s, %(actor)s, %(act)s, %(document)s)
