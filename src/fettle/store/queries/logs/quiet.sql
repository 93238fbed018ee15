-- Templates that came last between two moments, and of which nothing is told as gone: do they come
-- as they did?
SELECT
    id, source, text, example, level, bad, raised, first_at, last_at, lines, new_at, rising_at,
    usual, vanished_at, muted_at, muted_by
FROM log_template
WHERE
    source = %(source)s
    AND last_at > %(after)s
    AND last_at < %(before)s
    AND vanished_at IS NULL
    AND muted_at IS NULL
    AND NOT raised
ORDER BY id
