-- Action items that are overdue and of which people were not told lately; nobody else tells them
-- meanwhile.
SELECT
    id, issue, title, owner, team, due, state, reason, created_at, created_by, changed_at, ended_at
FROM action_item
WHERE state = 'open' AND due < %(today)s AND (told_at IS NULL OR told_at <= %(told_before)s)
ORDER BY due, id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED
