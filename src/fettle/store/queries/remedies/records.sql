-- How often remedies were used on targets for known errors, and how often they helped.
SELECT
    known,
    remedy,
    target,
    count(*) FILTER (
        WHERE outcome IN ('resolved', 'came-back', 'failed', 'undone')
    )::int AS attempts,
    count(*) FILTER (WHERE outcome = 'resolved')::int AS resolved
FROM remedy_attempt
WHERE state = 'ended' AND (%(known)s::text IS NULL OR known = %(known)s)
GROUP BY known, remedy, target
ORDER BY known, remedy, target
