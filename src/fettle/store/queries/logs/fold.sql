-- Let go of templates of a log that hardly came, and not of late: those that are not bad first. The
-- caller has locked the log.
WITH over AS (
    SELECT id
    FROM log_template
    WHERE
        source = %(source)s
        AND lines <= 3
        AND last_at < %(before)s
        AND new_at IS NULL
        AND rising_at IS NULL
        AND vanished_at IS NULL
        AND muted_at IS NULL
    ORDER BY bad, last_at
    LIMIT %(limit)s
)

DELETE FROM log_template AS t USING over WHERE t.id = over.id RETURNING t.id
