-- The project of a name, made when it is first asked for.
INSERT INTO error_project (name) VALUES (%(name)s)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING id, number
