INSERT INTO link (issue, other, kind, actor)
VALUES (%(issue)s, %(other)s, %(kind)s, %(actor)s)
ON CONFLICT DO NOTHING
RETURNING issue
