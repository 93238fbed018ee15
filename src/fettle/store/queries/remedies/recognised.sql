-- Keep which known error an issue is; the ones that were asked about again meanwhile stay waiting.
UPDATE recognition AS k
SET known = r.known, answered = r.answered, matches = r.matches, done_at = %(now)s
FROM jsonb_to_recordset(%(found)s) AS r (
    issue bigint, known text, answered boolean, matches jsonb
)
WHERE k.issue = r.issue AND k.done_at IS NULL AND k.asked_at <= %(upto)s
RETURNING k.issue
