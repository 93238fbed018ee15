-- Lock what is known of a task: one settles its slots at a time.
SELECT task, "window", reckoned_until FROM task_known WHERE task = %(task)s FOR UPDATE
