-- The targets in which something goes on, locked until the transaction ends.
SELECT target, kind, firing, pending, ended, told, missed, version
FROM watched
WHERE firing <> '{}'
ORDER BY target
FOR UPDATE
