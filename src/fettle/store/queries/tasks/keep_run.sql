-- Keep how a run stands.
UPDATE task_run
SET
    state = %(state)s, waits_for = %(waits_for)s, says = %(says)s, wake_at = %(wake_at)s,
    approved_upto = %(approved_upto)s, approved_by = %(approved_by)s, paused_by = %(paused_by)s,
    cancelled_by = %(cancelled_by)s, cancelled_because = %(cancelled_because)s,
    starts_at = %(starts_at)s, cutoff_at = %(cutoff_at)s, ends_at = %(ends_at)s,
    finished_at = %(finished_at)s, version = version + 1
WHERE id = %(id)s
