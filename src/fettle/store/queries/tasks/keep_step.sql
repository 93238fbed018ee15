-- Keep how a step stands.
UPDATE task_step
SET
    state = %(state)s, engine_run = %(engine_run)s, says = %(says)s, remedy = %(remedy)s,
    detail = %(detail)s, report = %(report)s, by = %(by)s, started_at = %(started_at)s,
    finished_at = %(finished_at)s
WHERE run = %(run)s AND number = %(number)s
