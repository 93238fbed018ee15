-- Somebody wants what a run did to be taken back; not twice at once.
UPDATE optimisation
SET undo_asked_at = %(now)s, undo_asked_by = %(actor)s, undo_refused = NULL
WHERE
    id = %(id)s AND status = 'done' AND (document ->> 'changed')::boolean
    AND (undo_asked_at IS NULL OR undo_refused IS NOT NULL)
RETURNING id
