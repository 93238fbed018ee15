-- Where the reviews of issues stand.
SELECT issue, state, why, due_at, author, signed_by, signed_at, signed_version, version, changed_at
FROM review
WHERE issue = ANY(%(issues)s)
ORDER BY issue
