-- Templates of a log of which something is told.
SELECT
    id, source, text, example, level, bad, raised, first_at, last_at, lines, new_at, rising_at,
    usual, vanished_at, muted_at, muted_by
FROM log_template
WHERE
    source = %(source)s
    AND (new_at IS NOT NULL OR rising_at IS NOT NULL OR vanished_at IS NOT NULL)
ORDER BY id
