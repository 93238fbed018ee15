-- Action items that nobody has done yet: somebody's own first, then those that are due first.
SELECT
    id, issue, title, owner, team, due, state, reason, created_at, created_by, changed_at, ended_at
FROM action_item
WHERE state = 'open' AND (%(team)s::text IS NULL OR team = %(team)s)
ORDER BY lower(owner) IS NOT DISTINCT FROM %(owner)s DESC, due NULLS LAST, id
LIMIT %(limit)s
