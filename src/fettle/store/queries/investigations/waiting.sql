-- Looks at a target that wait, the oldest first.
SELECT
    id, issue, target, why, asked_by, asked_at, anew, symptoms, state, snapshot, matches, change,
    reason, remedy, ended_at
FROM investigation
WHERE target = %(target)s AND state = 'waiting' AND id <= %(upto)s
ORDER BY id
LIMIT %(limit)s
