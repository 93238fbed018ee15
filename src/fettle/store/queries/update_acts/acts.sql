-- What was asked for, the latest first; what nobody has begun or ended alone, where that is wanted.
SELECT
    id, kind, project, updates, rehearsal, undoes, reason, hurry, actor, state, says, remedy, asked_at,
    finished_at
FROM update_act
WHERE
    (%(id)s::uuid IS NULL OR id = %(id)s)
    AND (NOT %(open)s OR finished_at IS NULL)
ORDER BY asked_at DESC, id
LIMIT %(limit)s
