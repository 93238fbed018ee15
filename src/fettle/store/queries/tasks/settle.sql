-- Keep what became of planned times. No row for one that is settled: it never comes twice.
INSERT INTO occurrence (task, local, starts_at, run, reason, settled_at, approved_by)
SELECT given.task, given.local, given.starts_at, given.run, given.reason, %(now)s, given.approved_by
FROM jsonb_to_recordset(%(occurrences)s) AS given (
    task text, local timestamp, starts_at timestamptz, run uuid, reason text, approved_by text
)
ON CONFLICT (task, local) DO NOTHING
RETURNING task, local, run
