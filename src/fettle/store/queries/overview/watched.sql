-- What Fettle looks at by itself: when it last did, what that came to, and in how many ways it troubles.
SELECT
    target AS name, kind, looked_at, missed, status,
    (SELECT count(*) FROM jsonb_object_keys(firing)) AS firing
FROM watched
ORDER BY target
