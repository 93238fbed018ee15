-- What a worker has, by the books.
SELECT id, fence, cancel_requested_at IS NOT NULL AS cancelled
FROM run
WHERE owner = %(worker)s AND state = 'running'
