INSERT INTO plan (id, fix, target, subject, created_by, document)
VALUES (%(id)s, %(fix)s, %(target)s, %(subject)s, %(created_by)s, %(document)s)
ON CONFLICT (id) DO UPDATE SET created_at = now(), document = excluded.document
