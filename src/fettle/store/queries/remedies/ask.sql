-- Let errors of issues be recognised; one that was is recognised anew.
INSERT INTO recognition (issue, text, asked_at)
SELECT r.issue, r.text, %(now)s
FROM jsonb_to_recordset(%(asked)s) AS r (issue bigint, text text)
ON CONFLICT (issue) DO UPDATE
SET text = excluded.text, asked_at = excluded.asked_at, done_at = NULL
