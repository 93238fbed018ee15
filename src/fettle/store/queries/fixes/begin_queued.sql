-- Begin a run that was asked for before. What was cut off before it acted begins again; what has
-- acted never does. Nothing begins while another run of the same subject is under way.
UPDATE fix_run AS r
SET
    status = 'running',
    started_at = coalesce(started_at, now()),
    finished_at = NULL,
    reason = NULL,
    remedy = NULL,
    plan = %(plan)s,
    steps = %(steps)s,
    undo = %(undo)s
WHERE
    r.id = %(id)s
    AND r.status IN ('queued', 'running', 'unsure')
    AND NOT EXISTS (
        SELECT FROM journal AS j WHERE j.run = r.id AND j.event IN ('statement', 'recovery')
    )
    AND NOT EXISTS (
        SELECT FROM fix_run AS other
        WHERE
            other.target = r.target
            AND other.subject = r.subject
            AND other.status = 'running'
            AND other.id <> r.id
    )
RETURNING id::text, started_at
