-- Web roots that were made faster: what each run did, what that earned, and how it stands.

CREATE TABLE optimisation (
    id text PRIMARY KEY,
    root text NOT NULL,
    actor text NOT NULL,
    status text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    undone_at timestamptz,
    document jsonb NOT NULL
);
COMMENT ON TABLE optimisation IS 'A run that was to make a web root faster';
COMMENT ON COLUMN optimisation.root IS 'The folder, as it was named, from the root of the machine';
COMMENT ON COLUMN optimisation.status IS
    'running, done, refused, failed or undone; one that was cut off is running until somebody works
    on its root again, who finishes it first';
COMMENT ON COLUMN optimisation.undone_at IS 'When somebody took back what it had done';
COMMENT ON COLUMN optimisation.document IS 'fettle.optimisation/1';
CREATE INDEX optimisation_latest ON optimisation (started_at DESC, id DESC);
