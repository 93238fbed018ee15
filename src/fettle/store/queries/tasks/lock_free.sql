-- Lock a run; an error while somebody else has it.
SELECT id FROM task_run WHERE id = %(id)s FOR UPDATE NOWAIT
