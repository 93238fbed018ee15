-- What is kept of looking and mending.

CREATE TABLE diagnosis (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target text NOT NULL,
    started_at timestamptz NOT NULL,
    document jsonb NOT NULL
);
COMMENT ON TABLE diagnosis IS 'What looking at a target came to, when it was saved';
COMMENT ON COLUMN diagnosis.document IS 'fettle.check/1';
CREATE INDEX diagnosis_of_target ON diagnosis (target, started_at DESC);

CREATE TABLE plan (
    id text PRIMARY KEY CHECK (id LIKE 'sha256:%'),
    fix text NOT NULL,
    target text NOT NULL,
    subject text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    document jsonb NOT NULL
);
COMMENT ON TABLE plan IS 'What a fix would do; the id is a hash of it';
COMMENT ON COLUMN plan.document IS 'fettle.plan/1';
CREATE INDEX plan_recent ON plan (created_at DESC);

CREATE TABLE run (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('fix')),
    plan text NOT NULL,
    unit text NOT NULL,
    target text NOT NULL,
    subject text NOT NULL,
    actor text NOT NULL,
    status text NOT NULL DEFAULT 'running'
        CHECK (status IN ('running', 'done', 'refused', 'failed', 'unsure', 'undone')),
    verified boolean NOT NULL DEFAULT false,
    reason text,
    undoes uuid REFERENCES run,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    undo jsonb,
    CHECK ((status = 'running') = (finished_at IS NULL))
);
COMMENT ON TABLE run IS 'One execution of a plan, or the undoing of one';
COMMENT ON COLUMN run.undo IS 'The steps that take it back; null where nothing can';
-- Two people who apply the same plan at the same moment: one acts.
CREATE UNIQUE INDEX run_one_at_a_time ON run (target, subject) WHERE status = 'running';
CREATE INDEX run_recent ON run (started_at DESC);
CREATE INDEX run_undoes ON run (undoes);

CREATE TABLE journal (
    run uuid NOT NULL REFERENCES run,
    number int NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event text NOT NULL,
    detail jsonb NOT NULL,
    PRIMARY KEY (run, number)
);
COMMENT ON TABLE journal IS 'What a run did, each entry written before the act or after the answer';

CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
