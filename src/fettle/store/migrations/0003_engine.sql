-- The engine: runs and their steps, what they wait for, timers, and who works.

-- `run` is the noun of the engine; what applying a plan came to is a fix_run.
ALTER TABLE run RENAME TO fix_run;
ALTER TABLE fix_run RENAME CONSTRAINT run_pkey TO fix_run_pkey;
ALTER TABLE fix_run RENAME CONSTRAINT run_kind_check TO fix_run_kind_check;
ALTER TABLE fix_run RENAME CONSTRAINT run_status_check TO fix_run_status_check;
ALTER TABLE fix_run RENAME CONSTRAINT run_check TO fix_run_check;
ALTER TABLE fix_run RENAME CONSTRAINT run_undoes_fkey TO fix_run_undoes_fkey;
ALTER INDEX run_one_at_a_time RENAME TO fix_run_one_at_a_time;
ALTER INDEX run_recent RENAME TO fix_run_recent;
ALTER INDEX run_undoes RENAME TO fix_run_undoes;

CREATE TABLE worker (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    labels text[] NOT NULL DEFAULT '{}',
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE worker IS 'A process that goes on with runs';
COMMENT ON COLUMN worker.seen_at IS 'Its last sign of life, by the clock of this server';

CREATE TABLE run (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    target text,
    input jsonb NOT NULL,
    label text CHECK (octet_length(label) BETWEEN 1 AND 32),
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'waiting', 'done', 'failed', 'cancelled', 'unsure')),
    fence bigint NOT NULL DEFAULT 0,
    owner uuid,
    holds_target boolean NOT NULL DEFAULT false,
    attempts int NOT NULL DEFAULT 0,
    signals int NOT NULL DEFAULT 0,
    wake_at timestamptz,
    woken_at timestamptz NOT NULL,
    result jsonb,
    error text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    cancel_requested_at timestamptz,
    CHECK ((state = 'running') = (owner IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK (NOT holds_target OR target IS NOT NULL)
);
COMMENT ON TABLE run IS 'One durable execution of a function; a row is the truth about it';
COMMENT ON COLUMN run.name IS 'The function, as it is registered';
COMMENT ON COLUMN run.label IS 'Only workers that carry it take the run; 32 bytes at most, for it '
    'becomes part of a channel of NOTIFY, which has 63';
COMMENT ON COLUMN run.fence IS 'Raised when the run changes hands; who has an older one is ignored';
COMMENT ON COLUMN run.owner IS 'The worker that has it';
COMMENT ON COLUMN run.holds_target IS 'Whether other runs of the target must wait';
COMMENT ON COLUMN run.attempts IS 'How often it was taken since it last got further';
COMMENT ON COLUMN run.signals IS 'How many events it was sent; a wait begun before one is none';
COMMENT ON COLUMN run.wake_at IS 'When a waiting run goes on at the latest';
COMMENT ON COLUMN run.woken_at IS 'When workers were last told of a queued run';
CREATE UNIQUE INDEX run_one_per_target ON run (target) WHERE holds_target;
CREATE INDEX run_queued ON run (woken_at) WHERE state = 'queued';
CREATE INDEX run_of_target ON run (target, created_at) WHERE state = 'queued';
CREATE INDEX run_running ON run (owner) WHERE state = 'running';
CREATE INDEX run_waiting ON run (wake_at) WHERE state = 'waiting';
CREATE INDEX run_newest ON run (created_at DESC);

CREATE TABLE step (
    run uuid NOT NULL REFERENCES run ON DELETE CASCADE,
    name text NOT NULL,
    number int NOT NULL,
    state text NOT NULL
        CHECK (state IN ('running', 'retrying', 'waiting', 'done', 'failed')),
    idempotent boolean NOT NULL,
    fence bigint NOT NULL,
    attempts int NOT NULL DEFAULT 1,
    wake_at timestamptz,
    result jsonb,
    error text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (run, name),
    CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
COMMENT ON TABLE step IS 'One part of a run; a finished one is not run again';
COMMENT ON COLUMN step.number IS 'The order in which the steps were first begun';
COMMENT ON COLUMN step.fence IS 'That of the run when the step was last written';
COMMENT ON COLUMN step.wake_at IS 'When a wait, or the pause before the next attempt, is over';

CREATE TABLE run_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run uuid NOT NULL REFERENCES run ON DELETE CASCADE,
    key text NOT NULL,
    payload jsonb NOT NULL,
    at timestamptz NOT NULL,
    step text
);
COMMENT ON TABLE run_event IS 'What a run was told; kept until it asks';
COMMENT ON COLUMN run_event.step IS 'The step that was given it; null while none was';
CREATE INDEX run_event_waiting ON run_event (run, key, id) WHERE step IS NULL;
CREATE INDEX run_event_of_run ON run_event (run);

CREATE TABLE timer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamptz NOT NULL,
    try_at timestamptz NOT NULL,
    detail jsonb NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    error text,
    done_at timestamptz
);
COMMENT ON TABLE timer IS 'Something to be done at a moment; one pending for each kind and subject';
COMMENT ON COLUMN timer.try_at IS 'The moment, or later where handling it failed';
COMMENT ON COLUMN timer.attempts IS 'How often handling it failed';
CREATE UNIQUE INDEX timer_pending ON timer (kind, subject) WHERE done_at IS NULL;
CREATE INDEX timer_due ON timer (try_at) WHERE done_at IS NULL;
CREATE INDEX timer_done ON timer (kind, subject, due_at) WHERE done_at IS NOT NULL;
CREATE INDEX timer_age ON timer (done_at) WHERE done_at IS NOT NULL;
