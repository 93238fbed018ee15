-- Lock a run.
SELECT * FROM task_run WHERE id = %(id)s FOR UPDATE
