-- Issues that are over and were the same known error, the latest first.
SELECT i.number
FROM recognition AS k
JOIN issue AS i ON i.number = k.issue
WHERE
    k.known = %(known)s
    AND k.answered
    AND k.issue <> %(issue)s
    AND i.status IN ('resolved', 'in-review', 'closed')
ORDER BY k.issue DESC
LIMIT %(limit)s
