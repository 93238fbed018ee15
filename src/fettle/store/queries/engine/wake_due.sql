-- Waiting runs whose moment has come.
UPDATE run
SET state = 'queued', woken_at = %(now)s
WHERE
    id IN (
        SELECT id
        FROM run
        WHERE state = 'waiting' AND wake_at <= %(now)s
        ORDER BY wake_at
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
RETURNING id, label
