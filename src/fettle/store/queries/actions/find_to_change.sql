-- Read an action item that is about to be changed; who comes second waits.
SELECT
    id, issue, title, owner, team, due, state, reason, created_at, created_by, changed_at, ended_at
FROM action_item
WHERE id = %(id)s
FOR UPDATE
