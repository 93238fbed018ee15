-- A run, by its id or its number.
SELECT * FROM task_run WHERE id::text = %(given)s OR number::text = %(given)s
