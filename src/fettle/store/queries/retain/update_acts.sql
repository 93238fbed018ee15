-- What was asked for about updates long ago, with what was said while it was done.
WITH over AS (
    SELECT id
    FROM update_act
    WHERE finished_at < %(before)s
    ORDER BY asked_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

said AS (
    DELETE FROM update_journal USING over WHERE update_journal.about = over.id
),

gone AS (
    DELETE FROM update_act USING over WHERE update_act.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
