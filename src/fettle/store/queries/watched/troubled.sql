-- The targets in which something goes on, locked until the transaction ends.
SELECT target, kind, firing, pending, ended, missed, version
FROM watched
WHERE firing <> '{}'
ORDER BY target
FOR UPDATE
