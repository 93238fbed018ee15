-- Where the server that started last is reached.
SELECT url FROM server ORDER BY started_at DESC LIMIT 1
