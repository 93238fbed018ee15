-- Broken promises are counted from the issue, which is written with the ledger of its clocks.

ALTER TABLE issue ADD COLUMN broken text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN issue.broken IS 'The clocks whose promise was broken and is not yet kept';
UPDATE issue
SET broken = b.clocks
FROM (
    SELECT e.issue, array_agg(DISTINCT e.clock) AS clocks
    FROM clock_event AS e
    WHERE
        e.act = 'breached'
        AND NOT EXISTS (
            SELECT
            FROM clock_event AS later
            WHERE
                later.issue = e.issue
                AND later.clock = e.clock
                AND later.id > e.id
                AND later.act NOT IN ('at-risk', 'breached', 'paused', 'resumed')
        )
    GROUP BY e.issue
) AS b
WHERE issue.number = b.issue AND issue.ended_at IS NULL;
CREATE INDEX issue_standing ON issue (severity, status) WHERE ended_at IS NULL;
CREATE INDEX issue_broken ON issue (broken) WHERE ended_at IS NULL AND broken <> '{}';
DROP INDEX clock_event_breached;
