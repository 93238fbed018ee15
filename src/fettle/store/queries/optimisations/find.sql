-- The runs whose id begins so: two at most.
SELECT
    id, root, machine, actor, status, started_at, ended_at, undone_at, undo_asked_at, undo_asked_by,
    undo_refused, document
FROM optimisation
WHERE starts_with(id, %(begins)s)
ORDER BY id
LIMIT 2
