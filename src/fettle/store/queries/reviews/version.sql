SELECT version, at, actor, sections
FROM review_version
WHERE issue = %(issue)s AND version = %(version)s
