-- How targets are, each by its name, as far as anybody has looked.
SELECT
    id, target AS name, kind, looked_at, status, missed, away_at, cut,
    ARRAY(SELECT jsonb_object_keys(firing)) AS firing
FROM watched
WHERE target = ANY(%(names)s::text[])
