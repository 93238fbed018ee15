-- Issues that are over and of which nothing else is left, with their links and notifications. Their
-- alerts stay until no signal of theirs is left; what was learnt from them stays.
WITH over AS (
    SELECT i.number
    FROM issue AS i
    WHERE
        i.number = ANY(%(issues)s::bigint[])
        AND NOT EXISTS (SELECT FROM timeline AS t WHERE t.issue = i.number)
        AND NOT EXISTS (SELECT FROM clock_event AS c WHERE c.issue = i.number)
        AND NOT EXISTS (SELECT FROM signal AS s WHERE s.issue = i.number)
),

unlinked AS (
    DELETE FROM link
    USING over
    WHERE link.issue = over.number OR link.other = over.number
),

alone AS (
    UPDATE alert SET issue = NULL FROM over WHERE alert.issue = over.number
),

gone AS (
    DELETE FROM issue USING over WHERE issue.number = over.number RETURNING 1
)

SELECT count(*)::int AS number FROM gone
