-- Keep how much the server of a page carries, in place of what was found before.
INSERT INTO page_capacity (page, at, actor, document)
VALUES (%(page)s, %(at)s, %(actor)s, %(document)s)
ON CONFLICT (page) DO UPDATE
SET at = excluded.at, actor = excluded.actor, document = excluded.document
