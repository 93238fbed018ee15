-- A template with its log; none where there is none.
SELECT
    t.id, t.source, t.text, t.example, t.level, t.bad, t.raised, t.first_at, t.last_at, t.lines,
    t.new_at, t.rising_at, t.usual, t.vanished_at, t.muted_at, t.muted_by, s.name, s.service
FROM log_template AS t
JOIN log_source AS s ON s.id = t.source
WHERE t.id = %(id)s
