-- Issues that are over and speak of words, those that speak of the most first; of the latest 1,000
-- that speak of any.
WITH asked AS (SELECT websearch_to_tsquery('simple', %(words)s) AS words),

near AS (
    SELECT i.*, ts_rank(i.search, asked.words) AS speaks
    FROM asked
    CROSS JOIN LATERAL (
        SELECT *
        FROM issue
        WHERE search @@ asked.words AND status IN ('resolved', 'in-review', 'closed')
        ORDER BY number DESC
        LIMIT 1000
    ) AS i
)

SELECT
    number, title, description, status, held_since, held_until, team, assignee, acknowledged_by,
    classification, milestones, joined_by, signals, merged_into, opened_at, changed_at, calls_since,
    calls_made, broken, ended_at, resolved_as, version,
    kept
FROM near
ORDER BY speaks DESC, number DESC
LIMIT %(limit)s
