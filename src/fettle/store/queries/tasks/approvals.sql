-- The planned times that were approved before they came.
SELECT task, local, by, at FROM task_approval ORDER BY task, local
