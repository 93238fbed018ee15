-- Take templates into others; those are gone, and come back as they were.
WITH gone AS (
    DELETE FROM log_template AS t
    USING unnest(%(of)s::bigint[], %(into_)s::bigint[]) AS m (of, into_)
    WHERE t.id = m.of
    RETURNING t.*, m.into_
),

together AS (
    SELECT into_, min(first_at) AS first_at, max(last_at) AS last_at, sum(lines) AS lines
    FROM gone
    GROUP BY into_
),

kept AS (
    UPDATE log_template AS t
    SET
        first_at = least(t.first_at, m.first_at),
        last_at = greatest(t.last_at, m.last_at),
        lines = t.lines + m.lines
    FROM together AS m
    WHERE t.id = m.into_
)

SELECT
    id, source, text, example, level, bad, raised, first_at, last_at, lines, new_at, rising_at,
    usual, vanished_at, muted_at, muted_by
FROM gone
ORDER BY id
