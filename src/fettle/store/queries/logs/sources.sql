-- Logs by name, those after one of them; or the one of that name.
SELECT
    s.id, s.name, s.service, s.begun_at, s.seen_at, s.lines, s.learnt_at, s.silent_at, s.version,
    s.folded, t.templates, t.fresh, t.rising, t.vanished
FROM log_source AS s
CROSS JOIN LATERAL (
    SELECT
        count(*)::int AS templates,
        count(*) FILTER (WHERE new_at IS NOT NULL)::int AS fresh,
        count(*) FILTER (WHERE rising_at IS NOT NULL)::int AS rising,
        count(*) FILTER (WHERE vanished_at IS NOT NULL)::int AS vanished
    FROM log_template
    WHERE source = s.id
) AS t
WHERE
    (%(after)s::text IS NULL OR s.name > %(after)s)
    AND (%(name)s::text IS NULL OR s.name = %(name)s)
ORDER BY s.name
LIMIT %(limit)s
