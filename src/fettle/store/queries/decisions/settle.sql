-- Keep what an issue was settled to be. What triage said of it stays when a person changes what a
-- person said; and a person's own decision, let stand, is no news.
INSERT INTO decision AS d (
    issue, at, actor, told, said, said_by, said_severity, settled, settled_severity, corrected
)
VALUES (
    %(issue)s, %(at)s, %(actor)s, %(told)s, %(said)s, %(said_by)s, %(said_severity)s,
    %(settled)s, %(settled_severity)s, %(corrected)s
)
ON CONFLICT (issue) DO UPDATE
SET
    at = excluded.at,
    actor = excluded.actor,
    told = excluded.told,
    said = CASE WHEN excluded.said_by = 'person' THEN d.said ELSE excluded.said END,
    said_by = CASE WHEN excluded.said_by = 'person' THEN d.said_by ELSE excluded.said_by END,
    said_severity = CASE
        WHEN excluded.said_by = 'person' THEN d.said_severity ELSE excluded.said_severity
    END,
    settled = excluded.settled,
    settled_severity = excluded.settled_severity,
    corrected = excluded.corrected OR (excluded.said_by = 'person' AND d.corrected),
    revision = excluded.revision
WHERE excluded.said_by <> 'person' OR excluded.settled <> d.settled
