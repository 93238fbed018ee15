-- Issues whose error waits to be recognised, up to one of them.
SELECT issue, text
FROM recognition
WHERE done_at IS NULL AND asked_at <= %(upto)s
ORDER BY issue
LIMIT %(limit)s
