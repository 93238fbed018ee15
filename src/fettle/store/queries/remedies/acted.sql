-- What was begun: all since a moment, what is in flight, and the latest of a remedy on a target.
SELECT remedy, target, acted_at AS at, outcome, ended_at
FROM remedy_attempt
WHERE acted_at > %(since)s
UNION ALL
SELECT remedy, target, acted_at, outcome, ended_at
FROM remedy_attempt
WHERE acted_at <= %(since)s AND state IN ('acting', 'watching')
UNION ALL
(
    SELECT remedy, target, acted_at, outcome, ended_at
    FROM remedy_attempt
    WHERE
        remedy = %(remedy)s
        AND target = %(target)s
        AND acted_at <= %(since)s
        AND state NOT IN ('acting', 'watching')
    ORDER BY acted_at DESC
    LIMIT %(limit)s
)
