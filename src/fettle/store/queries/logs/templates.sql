-- Templates of a log, or of all, in a state where one is given, before one of them; the latest first.
SELECT
    t.id, t.source, t.text, t.example, t.level, t.bad, t.raised, t.first_at, t.last_at, t.lines,
    t.new_at, t.rising_at, t.usual, t.vanished_at, t.muted_at, t.muted_by, s.name, s.service
FROM log_template AS t
JOIN log_source AS s ON s.id = t.source
WHERE
    (%(name)s::text IS NULL OR s.name = %(name)s)
    AND (%(before)s::bigint IS NULL OR t.id < %(before)s)
    AND (
        %(state)s::text IS NULL
        OR %(state)s = CASE
            WHEN t.vanished_at IS NOT NULL THEN 'vanished'
            WHEN t.rising_at IS NOT NULL THEN 'rising'
            WHEN t.new_at IS NOT NULL THEN 'new'
            ELSE 'known'
        END
    )
ORDER BY t.id DESC
LIMIT %(limit)s
