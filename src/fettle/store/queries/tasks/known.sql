-- Tasks as they were seen last.
SELECT task, "window", reckoned_until FROM task_known
