-- What was applied is watched for a while, and versions that made it worse are held.

CREATE TABLE update_watch (
    run uuid PRIMARY KEY REFERENCES update_run (id),
    before jsonb NOT NULL,
    every interval NOT NULL,
    lasts interval NOT NULL,
    looked_at timestamptz,
    looks int NOT NULL DEFAULT 0,
    worse int NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'watching',
    says text,
    CHECK (state IN ('watching', 'well', 'worse', 'unseen', 'ended'))
);
CREATE INDEX update_watch_goes_on ON update_watch (run) WHERE state = 'watching';
COMMENT ON TABLE update_watch IS 'The watch over what an update run applied';
COMMENT ON COLUMN update_watch.before IS 'What was bad of its targets before it, by a lasting key';
COMMENT ON COLUMN update_watch.lasts IS 'How long from the end of the run on';
COMMENT ON COLUMN update_watch.worse IS 'How many looks in a row have found something worse';

CREATE TABLE update_quarantine (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "update" text NOT NULL,
    project text NOT NULL,
    path text NOT NULL,
    ecosystem text NOT NULL,
    package text NOT NULL,
    version text NOT NULL,
    reason text NOT NULL,
    run uuid NOT NULL REFERENCES update_run (id),
    at timestamptz NOT NULL,
    released_at timestamptz,
    released_by text,
    released_because text,
    CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE UNIQUE INDEX update_quarantine_held
ON update_quarantine (project, ecosystem, package, version) WHERE released_at IS NULL;
COMMENT ON TABLE update_quarantine IS 'Versions that made a project worse, until a person lets them go';
