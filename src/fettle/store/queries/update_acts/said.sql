-- The last that was said while something was done, the oldest first.
SELECT at, line
FROM (
    SELECT id, at, detail ->> 'line' AS line
    FROM update_journal
    WHERE about = %(about)s AND event = 'said'
    ORDER BY id DESC
    LIMIT %(limit)s
) AS latest
ORDER BY id
