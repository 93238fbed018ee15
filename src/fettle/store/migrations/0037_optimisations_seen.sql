-- What pages show of an optimisation: how its pages were loaded before and after, and what they
-- looked like; where the root lies, and that somebody wants it put back.

ALTER TABLE optimisation
    ADD COLUMN machine text NOT NULL DEFAULT '',
    ADD COLUMN undo_asked_at timestamptz,
    ADD COLUMN undo_asked_by text,
    ADD COLUMN undo_refused text;
COMMENT ON COLUMN optimisation.machine IS 'The machine that the root is on; empty where nobody said';
COMMENT ON COLUMN optimisation.undo_asked_at IS
    'When somebody asked a worker of that machine to put the root back; its status says if it was';

CREATE TABLE optimisation_load (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run text NOT NULL REFERENCES optimisation (id) ON DELETE CASCADE,
    page text NOT NULL,
    profile text NOT NULL,
    moment text NOT NULL CHECK (moment IN ('before', 'after')),
    document jsonb NOT NULL
);
CREATE INDEX optimisation_load_of_run ON optimisation_load (run, id);
COMMENT ON TABLE optimisation_load IS
    'How a page of a root was loaded: its figures with their spread, and its waterfall';

CREATE TABLE optimisation_shot (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run text NOT NULL REFERENCES optimisation (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('screen', 'frame')),
    page text NOT NULL,
    profile text NOT NULL,
    moment text NOT NULL CHECK (moment IN ('before', 'after')),
    at_ms double precision,
    media text NOT NULL,
    width int NOT NULL,
    height int NOT NULL,
    content bytea NOT NULL
);
CREATE INDEX optimisation_shot_of_run ON optimisation_shot (run, id);
-- They are packed already: to try it again costs time and saves nothing.
ALTER TABLE optimisation_shot ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE optimisation_shot IS
    'What a page looked like: all of it on a screen, or a screen from a moment on while it came';

CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE ON optimisation
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('optimisation');
