-- What a run did could not be taken back, and is as it was.
UPDATE optimisation
SET undo_refused = %(reason)s
WHERE id = %(id)s AND status = 'done' AND undo_asked_at IS NOT NULL
