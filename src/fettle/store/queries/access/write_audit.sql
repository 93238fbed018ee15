-- Note an unsafe act.
INSERT INTO audit (actor, act, subject, request, detail)
VALUES (%(actor)s, %(act)s, %(subject)s, %(request)s, %(detail)s)
