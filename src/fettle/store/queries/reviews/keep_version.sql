INSERT INTO review_version (issue, version, at, actor, sections)
VALUES (%(issue)s, %(version)s, %(at)s, %(actor)s, %(sections)s)
