-- Logs: what their lines have in common, how often it comes, and where files of them are followed.
-- Lines themselves are not kept: who reads them counts them by kinds, and a kind holds one of them,
-- scrubbed.

CREATE TABLE log_source (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    service text,
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    lines bigint NOT NULL DEFAULT 0,
    learnt_at timestamptz,
    silent_at timestamptz,
    version bigint NOT NULL DEFAULT 0,
    folded bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70); -- each batch changes a row
COMMENT ON TABLE log_source IS 'A log by its name: of a key that sends lines, or of a [[log]]';
COMMENT ON COLUMN log_source.learnt_at IS 'From when on what is new in it is news';
COMMENT ON COLUMN log_source.silent_at IS 'Since when nothing comes of what came regularly';
COMMENT ON COLUMN log_source.version IS
    'Changes with its templates: who remembers them knows whether they are still so';
COMMENT ON COLUMN log_source.folded IS 'Signals that were not told because too many were';

CREATE TABLE log_batch (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source bigint NOT NULL REFERENCES log_source ON DELETE CASCADE,
    at timestamptz NOT NULL,
    late boolean NOT NULL,
    lines bigint NOT NULL,
    kinds jsonb NOT NULL
);
COMMENT ON TABLE log_batch IS 'Lines that came, by kinds, until they are taken into templates';
COMMENT ON COLUMN log_batch.late IS
    'Whether they were written before they could be read: their hour is not known';
COMMENT ON COLUMN log_batch.kinds IS 'Each as [words, level, number of lines, a line of it]';

CREATE INDEX log_batch_source ON log_batch (source);

CREATE TABLE log_template (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source bigint NOT NULL REFERENCES log_source ON DELETE CASCADE,
    words jsonb NOT NULL,
    text text NOT NULL,
    example text NOT NULL,
    level smallint NOT NULL,
    bad boolean NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    lines bigint NOT NULL DEFAULT 0,
    new_at timestamptz,
    rising_at timestamptz,
    usual bigint,
    vanished_at timestamptz,
    muted_at timestamptz,
    muted_by text
) WITH (fillfactor = 70);
COMMENT ON TABLE log_template IS 'What lines of a log have in common';
COMMENT ON COLUMN log_template.words IS 'The words of its lines, <*> for values';
COMMENT ON COLUMN log_template.level IS '0 unknown, 1 info, 2 warning, 3 error, 4 fatal';
COMMENT ON COLUMN log_template.new_at IS 'Since when it is told as new; null once that is over';
COMMENT ON COLUMN log_template.usual IS 'The most lines an hour that were usual when it rose';
CREATE INDEX log_template_source ON log_template (source, id);
CREATE INDEX log_template_last ON log_template (source, last_at);
CREATE INDEX log_template_firing ON log_template (source)
WHERE new_at IS NOT NULL OR rising_at IS NOT NULL OR vanished_at IS NOT NULL;

CREATE TABLE log_count (
    template bigint NOT NULL REFERENCES log_template ON DELETE CASCADE,
    hour timestamptz NOT NULL,
    lines bigint NOT NULL,
    late bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (template, hour)
) WITH (fillfactor = 80);
COMMENT ON TABLE log_count IS 'How often a template came in an hour';
COMMENT ON COLUMN log_count.late IS 'Of these, how many only came to be read in it';
CREATE INDEX log_count_hour ON log_count (hour);

CREATE TABLE log_follower (
    source bigint NOT NULL REFERENCES log_source ON DELETE CASCADE,
    machine text NOT NULL,
    holder uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (source, machine)
);
COMMENT ON TABLE log_follower IS 'Which process follows the files of a log on a machine, until when';

CREATE TABLE log_place (
    source bigint NOT NULL,
    machine text NOT NULL,
    file text NOT NULL,
    path text NOT NULL,
    head bytea NOT NULL,
    head_bytes integer NOT NULL,
    place bigint NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (source, machine, file),
    FOREIGN KEY (source, machine) REFERENCES log_follower ON DELETE CASCADE
);
COMMENT ON TABLE log_place IS 'How far a file was read; all before is counted, once';
COMMENT ON COLUMN log_place.file IS 'Its device and inode: they stay when it is renamed';
COMMENT ON COLUMN log_place.head IS 'SHA-256 of its first head_bytes: tells it from others';
