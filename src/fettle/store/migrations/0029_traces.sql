-- Traces that are logged become errors of the project that is called as the log is; pages of logs
-- are told of what changes.

ALTER TABLE log_template ADD COLUMN raised boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN log_template.raised IS
    'Whether traces came with its lines: they are told as errors, and it is no news';

CREATE TABLE log_open (
    id uuid PRIMARY KEY,
    source bigint NOT NULL REFERENCES log_source ON DELETE CASCADE,
    lines text NOT NULL,
    at timestamptz NOT NULL
);
COMMENT ON TABLE log_open IS
    'Lines of a trace, scrubbed, that may go on with the next ones that are sent';
CREATE INDEX log_open_source ON log_open (source, at);

COMMENT ON COLUMN log_batch.kinds IS
    'Each as [words, level, number of lines, a line of it, whether traces came with them]';

-- A log changes with each batch: that is told together, every few seconds (logs/tell).
ALTER TABLE log_source ADD COLUMN told_version bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN log_source.told_version IS 'The version that pages were told of last';

-- How a log and its templates stand changes rarely, and is told at once: "log 12".
CREATE FUNCTION tell_log_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'log_source' THEN
        PERFORM pg_notify('fettle_changed', 'log ' || NEW.id);
    ELSE
        PERFORM pg_notify('fettle_changed', 'log ' || NEW.source);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_inserted AFTER INSERT ON log_source
    FOR EACH ROW EXECUTE FUNCTION tell_log_changed();
CREATE TRIGGER tell_updated AFTER UPDATE ON log_source
    FOR EACH ROW
    WHEN ((OLD.learnt_at, OLD.silent_at) IS DISTINCT FROM (NEW.learnt_at, NEW.silent_at))
    EXECUTE FUNCTION tell_log_changed();
CREATE TRIGGER tell_updated AFTER UPDATE ON log_template
    FOR EACH ROW
    WHEN (
        (OLD.new_at, OLD.rising_at, OLD.vanished_at, OLD.muted_at)
        IS DISTINCT FROM (NEW.new_at, NEW.rising_at, NEW.vanished_at, NEW.muted_at)
    )
    EXECUTE FUNCTION tell_log_changed();
