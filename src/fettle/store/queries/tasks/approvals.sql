-- The planned times that were approved before they came.
SELECT task, local, by, procedure FROM task_approval ORDER BY task, local
