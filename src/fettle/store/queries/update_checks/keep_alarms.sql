-- Keep which critical weaknesses issues tell of now.
WITH over AS (
    DELETE FROM update_alarm WHERE NOT (%(titles)s::jsonb ? key)
)

INSERT INTO update_alarm (key, title, since)
SELECT key, value, %(at)s FROM jsonb_each_text(%(titles)s::jsonb)
ON CONFLICT (key) DO UPDATE SET title = excluded.title
