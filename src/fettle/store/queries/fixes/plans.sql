-- Plans as they stand, those planned last first; what is null restricts nothing. One that waited too
-- long has lapsed, and an approval holds for as long.
WITH kept AS (
    SELECT
        p.id, p.fix, p.target, p.subject, p.document, p.created_at, p.created_by, p.decided_by,
        p.decided_at, p.reason,
        CASE
            WHEN p.state NOT IN ('waiting', 'approved') THEN p.state
            WHEN p.created_at < %(since)s THEN 'lapsed'
            WHEN p.decided_at < %(since)s THEN 'waiting'
            ELSE p.state
        END AS state
    FROM plan AS p
    WHERE
        (%(prefix)s::text IS NULL OR starts_with(p.id, %(prefix)s))
        AND (%(target)s::text IS NULL OR p.target = %(target)s)
        AND (%(fix)s::text IS NULL OR p.fix = %(fix)s)
        AND (
            %(issue)s::bigint IS NULL
            OR p.id IN (SELECT i.plan FROM issue_plan AS i WHERE i.issue = %(issue)s)
        )
        AND (
            %(after)s::text IS NULL
            OR (p.created_at, p.id)
            < (SELECT a.created_at, a.id FROM plan AS a WHERE a.id = %(after)s)
        )
)

SELECT
    k.*,
    (
        SELECT r.id::text
        FROM fix_run AS r
        WHERE r.plan = k.id
        ORDER BY r.created_at DESC
        LIMIT 1
    ) AS run,
    ARRAY(SELECT i.issue FROM issue_plan AS i WHERE i.plan = k.id ORDER BY i.issue) AS issues
FROM kept AS k
WHERE (%(states)s::text[] IS NULL OR k.state = ANY(%(states)s))
ORDER BY k.created_at DESC, k.id DESC
LIMIT %(limit)s
