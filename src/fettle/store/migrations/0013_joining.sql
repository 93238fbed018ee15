-- One issue can be joined by several keys, and takes those of what is merged into it.

CREATE TABLE joining (
    key text PRIMARY KEY,
    issue bigint NOT NULL REFERENCES issue ON DELETE CASCADE
);
COMMENT ON TABLE joining IS 'What makes a later signal join an issue; of several issues the latest';
CREATE INDEX joining_of_issue ON joining (issue);
INSERT INTO joining (key, issue)
SELECT DISTINCT ON (joined_by) joined_by, number
FROM issue
WHERE joined_by IS NOT NULL AND ended_at IS NULL
ORDER BY joined_by, number DESC;
COMMENT ON COLUMN issue.joined_by IS 'The key of the signal that opened it; see joining';
