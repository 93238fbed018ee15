-- All that is in the catalogue is watched: what goes on in each target, how its looks went, and what
-- they measured.

ALTER TABLE watched RENAME COLUMN database TO target;
ALTER TABLE watched
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN kind text NOT NULL DEFAULT 'database',
    ADD COLUMN pending jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN ended jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN status text,
    ADD COLUMN run uuid,
    ADD COLUMN "on" text,
    ADD COLUMN away_at timestamptz,
    ADD COLUMN cut int NOT NULL DEFAULT 0;
COMMENT ON TABLE watched IS 'What was filed of a target that Fettle looks at by itself, and goes on';
COMMENT ON COLUMN watched.kind IS 'What the target is: database, service, dependency, host, …';
COMMENT ON COLUMN watched.pending IS
    'The signal''s key → how many looks in a row saw what is not filed yet';
COMMENT ON COLUMN watched.ended IS
    'The signal''s key → when it ended last, and how often it had begun within hours by then';
COMMENT ON COLUMN watched.status IS 'What the latest look came to; null before the first';
COMMENT ON COLUMN watched.run IS 'The run that the latest look was made by: it is counted once';
COMMENT ON COLUMN watched."on" IS 'The label of the workers that look at it; null for all';
COMMENT ON COLUMN watched.away_at IS 'Since when its looks got no answer; null when the last one did';
COMMENT ON COLUMN watched.cut IS 'How many figures the latest look had beyond what is kept';

-- A look at a target: how it went. By weeks; old ones are dropped as a whole (store.partitions).
CREATE TABLE look (
    target bigint NOT NULL,
    at timestamptz NOT NULL,
    schedule text NOT NULL,
    status text NOT NULL,
    findings int NOT NULL,
    unknown int NOT NULL,
    took_s real NOT NULL,
    worst text
) PARTITION BY RANGE (at);
CREATE INDEX look_of_target ON look (target, at DESC);
COMMENT ON COLUMN look.target IS 'watched.id';
COMMENT ON COLUMN look.worst IS 'The worst finding, or why it is unknown, in its own words';

CREATE TABLE look_day (
    target bigint NOT NULL REFERENCES watched (id) ON DELETE CASCADE,
    day date NOT NULL,
    status text NOT NULL,
    looks int NOT NULL,
    PRIMARY KEY (target, day, status)
);
CREATE INDEX look_day_old ON look_day (day);
COMMENT ON TABLE look_day IS 'How many looks of a day, of UTC, came to which status';

CREATE TABLE series (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target bigint NOT NULL REFERENCES watched (id) ON DELETE CASCADE,
    metric text NOT NULL,
    subject text NOT NULL,
    latest double precision NOT NULL,
    latest_at timestamptz NOT NULL,
    first_at timestamptz NOT NULL,
    UNIQUE (target, metric, subject)
) WITH (fillfactor = 70);
CREATE INDEX series_old ON series (latest_at);
COMMENT ON TABLE series IS 'A figure of a target; its samples are in sample and sample_hour';
COMMENT ON COLUMN series.metric IS 'Its name, with the unit at its end';
COMMENT ON COLUMN series.subject IS 'What of the target it is a figure of; empty for all of it';

-- What looks measured, by five minutes and by hours. The same look is added to both at once, so
-- that nothing has to be summed up later. By weeks, and by four weeks.
CREATE TABLE sample (
    series bigint NOT NULL,
    at timestamptz NOT NULL,
    least double precision NOT NULL,
    most double precision NOT NULL,
    total double precision NOT NULL,
    number int NOT NULL,
    PRIMARY KEY (series, at)
) PARTITION BY RANGE (at);
CREATE TABLE sample_hour (LIKE sample INCLUDING ALL) PARTITION BY RANGE (at);
COMMENT ON COLUMN sample.at IS 'When its five minutes begin';
COMMENT ON COLUMN sample_hour.at IS 'When its hour begins';

ALTER TABLE diagnosis ADD COLUMN kind text NOT NULL DEFAULT 'database';
COMMENT ON COLUMN diagnosis.kind IS 'What its target is: database, service, dependency, host, …';

-- Of everything else that is looked at pages are told by `watched`: "target 7" with each look, and
-- "targets" when one is another than it was.
DROP TRIGGER tell_saved ON diagnosis;
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON diagnosis
    FOR EACH ROW WHEN (new.kind = 'database') EXECUTE FUNCTION tell_changed('diagnosis');

CREATE FUNCTION tell_looked_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fettle_changed', 'target ' || NEW.id);
    IF TG_OP = 'INSERT' OR NEW.status IS DISTINCT FROM OLD.status THEN
        PERFORM pg_notify('fettle_changed', 'targets');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_looked_at AFTER INSERT OR UPDATE ON watched
    FOR EACH ROW EXECUTE FUNCTION tell_looked_at();
