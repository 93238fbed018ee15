-- Keep a new known error; nothing where there is one of that id.
INSERT INTO known_error (id, document, created_at, created_by, changed_at, changed_by)
VALUES (%(id)s, %(document)s, %(at)s, %(actor)s, %(at)s, %(actor)s)
ON CONFLICT (id) DO NOTHING
RETURNING id
