-- List action items, the latest first; what is null restricts nothing.
SELECT
    id, issue, title, owner, team, due, state, reason, created_at, created_by, changed_at, ended_at
FROM action_item
WHERE
    (%(before)s::bigint IS NULL OR id < %(before)s)
    AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
    AND (%(issue)s::bigint IS NULL OR issue = %(issue)s)
    AND (%(owner)s::text IS NULL OR owner = %(owner)s)
    AND (%(team)s::text IS NULL OR team = %(team)s)
    AND (%(due_before)s::date IS NULL OR (state = 'open' AND due < %(due_before)s))
ORDER BY id DESC
LIMIT %(limit)s
