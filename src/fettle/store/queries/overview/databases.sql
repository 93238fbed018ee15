-- The databases that Fettle looks at by itself: when it last did, and in how many ways they trouble.
SELECT
    database, looked_at, missed,
    (SELECT count(*) FROM jsonb_object_keys(firing)) AS firing
FROM watched
ORDER BY database
