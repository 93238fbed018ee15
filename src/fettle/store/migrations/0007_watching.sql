-- What Fettle notices by itself: jobs that stay silent, and what its own checks find.

ALTER TABLE heartbeat
    ADD COLUMN started_at timestamptz,
    ADD COLUMN severity smallint NOT NULL DEFAULT 3 CHECK (severity BETWEEN 0 AND 4);
COMMENT ON COLUMN heartbeat.seen_at IS 'When it last said that it ran, well or not';
COMMENT ON COLUMN heartbeat.started_at IS 'When it last said that it begins, and not yet more';

CREATE TABLE watched (
    database text PRIMARY KEY,
    firing jsonb NOT NULL DEFAULT '{}',
    missed int NOT NULL DEFAULT 0,
    looked_at timestamptz NOT NULL,
    version int NOT NULL DEFAULT 1
);
COMMENT ON TABLE watched IS 'What was filed of a database that Fettle checks by itself, and goes on';
COMMENT ON COLUMN watched.firing IS 'The signal''s key → what was filed, and when';
COMMENT ON COLUMN watched.missed IS 'How many looks in a row could see nothing of it';
COMMENT ON COLUMN watched.version IS 'Raised by each look; what was concluded from an older one is void';

ALTER TABLE diagnosis ADD COLUMN schedule text;
COMMENT ON COLUMN diagnosis.schedule IS 'The schedule that it was made on; null when somebody saved it';
CREATE INDEX diagnosis_of_schedule ON diagnosis (target, schedule, started_at DESC)
WHERE schedule IS NOT NULL;
