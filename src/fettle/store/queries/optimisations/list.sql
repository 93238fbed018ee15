-- Runs, the latest first.
SELECT
    id, root, machine, actor, status, started_at, ended_at, undone_at, undo_asked_at, undo_asked_by,
    undo_refused, document
FROM optimisation
ORDER BY started_at DESC, id DESC
LIMIT %(limit)s
