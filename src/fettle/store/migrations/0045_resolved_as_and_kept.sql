-- A p1 or p2 closes with its review, whatever it is called once it was resolved.

ALTER TABLE issue ADD COLUMN resolved_as text;
COMMENT ON COLUMN issue.resolved_as IS 'The priority that it had when it was resolved';
UPDATE issue AS i
SET
    resolved_as = coalesce(
        (SELECT substring(r.why FROM '^it was a (p[12])$') FROM review AS r WHERE r.issue = i.number),
        i.priority
    )
WHERE i.status IN ('resolved', 'in-review');

-- What guards against changes that crossed is apart from the version that people have seen, which
-- alerts that join an issue raise no longer.
ALTER TABLE issue ADD COLUMN kept int NOT NULL DEFAULT 1;
COMMENT ON COLUMN issue.kept IS 'Raised each time that it is kept';
COMMENT ON COLUMN issue.version IS 'Raised by what somebody who sees it has to know';
