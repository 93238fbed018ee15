-- Let runs that were asked for not begin: one that no worker has begun is refused, and its plan waits
-- again.
WITH withdrawn AS (
    UPDATE fix_run
    SET status = 'refused', reason = %(reason)s, finished_at = %(now)s
    WHERE id = ANY(%(runs)s::uuid[]) AND status = 'queued'
    RETURNING plan
)

UPDATE plan
SET state = CASE WHEN decided_by IS NULL THEN 'waiting' ELSE 'approved' END
FROM withdrawn
WHERE plan.id = withdrawn.plan AND plan.state = 'taken'
