-- Keep how a run ended. What is known for sure stays; and a worker says it of a run that it has.
UPDATE fix_run AS f
SET
    status = %(status)s,
    verified = %(verified)s,
    reason = %(reason)s,
    remedy = %(remedy)s,
    finished_at = %(finished_at)s
WHERE
    f.id = %(id)s
    AND f.status IN ('queued', 'running', 'unsure')
    AND (
        %(fence)s::bigint IS NULL
        OR EXISTS (
            SELECT FROM run AS r
            WHERE r.id = f.id AND r.fence = %(fence)s AND r.state = 'running'
        )
    )
RETURNING id
