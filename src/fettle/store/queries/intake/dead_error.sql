-- An error that could not be digested, as it was kept: scrubbed.
SELECT
    e.id, e.received_at, p.name AS hook, 'errors' AS vendor, e.dead AS reason, e.bytes,
    NULL AS replays, e.body
FROM error_event AS e
JOIN error_project AS p ON p.id = e.project
WHERE e.id = %(id)s AND e.key IS NULL AND e.dead IS NOT NULL
