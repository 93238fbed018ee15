-- Maintenance is done: what came of each planned time, the runs, their steps and what these said.

CREATE TABLE task_known (
    task text PRIMARY KEY,
    "window" text NOT NULL,
    reckoned_until timestamptz NOT NULL
);
COMMENT ON TABLE task_known IS 'Tasks as they were seen last: up to when their slots are settled';
COMMENT ON COLUMN task_known."window" IS
    'When it opens, in words that change with it: an edited window moves what is to come only';

CREATE TABLE task_run (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    task text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    automation text NOT NULL,
    local timestamp,
    starts_at timestamptz,
    cutoff_at timestamptz,
    ends_at timestamptz,
    asked_by text NOT NULL,
    reason text,
    targets text[] NOT NULL,
    procedure jsonb NOT NULL,
    state text NOT NULL,
    waits_for text,
    says text,
    wake_at timestamptz,
    approved_upto int NOT NULL DEFAULT 0,
    approved_by text,
    paused_by text,
    cancelled_by text,
    cancelled_because text,
    estimated_s double precision NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    version int NOT NULL DEFAULT 1,
    CHECK (state IN (
        'running', 'waiting', 'passed', 'failed', 'unknown', 'refused', 'lapsed', 'cancelled'
    ))
);
CREATE INDEX task_run_of_task ON task_run (task, number DESC);
CREATE INDEX task_run_at_work ON task_run (number) WHERE state IN ('running', 'waiting');
COMMENT ON TABLE task_run IS 'One time that a maintenance task was done, or is being done';
COMMENT ON COLUMN task_run.local IS 'Its slot; null where somebody had it done outside of its window';
COMMENT ON COLUMN task_run.ends_at IS 'When the window closes that it is done in; it may go on in a later one';
COMMENT ON COLUMN task_run.procedure IS 'What it does, as it was written when it began; holds no secret';
COMMENT ON COLUMN task_run.approved_upto IS 'The last step that a person has said may act';

CREATE TABLE occurrence (
    task text NOT NULL,
    local timestamp NOT NULL,
    starts_at timestamptz NOT NULL,
    run uuid REFERENCES task_run (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    reason text,
    settled_at timestamptz NOT NULL,
    approved_by text,
    PRIMARY KEY (task, local)
);
CREATE INDEX occurrence_by_start ON occurrence (starts_at);
COMMENT ON TABLE occurrence IS
    'What became of a planned time: the run that it began, or why it was left out. A slot has one row, whoever plans it';

CREATE TABLE task_approval (
    task text NOT NULL,
    local timestamp NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (task, local)
);
COMMENT ON TABLE task_approval IS 'A planned time that a person has approved before it came';

CREATE TABLE task_step (
    run uuid NOT NULL REFERENCES task_run (id) ON DELETE CASCADE,
    number int NOT NULL,
    part text NOT NULL,
    name text NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    engine_run uuid,
    says text,
    remedy text,
    detail jsonb,
    report jsonb,
    by text,
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (run, number),
    CHECK (part IN ('precheck', 'step', 'undo', 'validation')),
    CHECK (state IN (
        'pending', 'running', 'passed', 'failed', 'unknown', 'skipped', 'unsure', 'left'
    ))
);
COMMENT ON TABLE task_step IS 'What a run does, in order: prechecks, steps, undoing, validation; and what came of each';
COMMENT ON COLUMN task_step.engine_run IS 'The run of the engine that does it, or did it last';
COMMENT ON COLUMN task_step.by IS 'Who ticked it, skipped it, or said what became of it';

CREATE TABLE task_line (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run uuid NOT NULL,
    number int NOT NULL,
    at timestamptz NOT NULL,
    line text NOT NULL,
    FOREIGN KEY (run, number) REFERENCES task_step (run, number) ON DELETE CASCADE
);
CREATE INDEX task_line_of_step ON task_line (run, number, id);
COMMENT ON TABLE task_line IS 'What a step said while it was at work';

CREATE TABLE task_fix (
    fix_run text PRIMARY KEY,
    run uuid NOT NULL,
    number int NOT NULL,
    FOREIGN KEY (run, number) REFERENCES task_step (run, number) ON DELETE CASCADE
);
CREATE INDEX task_fix_of_step ON task_fix (run, number);
COMMENT ON TABLE task_fix IS 'The runs of fixes that a step has had made';

CREATE FUNCTION tell_task_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fettle_changed', 'task_run ' || NEW.number);
    IF TG_OP = 'INSERT' OR NEW.state IS DISTINCT FROM OLD.state THEN
        PERFORM pg_notify('fettle_changed', 'task_runs');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_task_run AFTER INSERT OR UPDATE ON task_run
    FOR EACH ROW EXECUTE FUNCTION tell_task_run();

CREATE FUNCTION tell_task_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fettle_changed', 'task_run ' || number) FROM task_run WHERE id = NEW.run;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_task_step AFTER UPDATE ON task_step
    FOR EACH ROW EXECUTE FUNCTION tell_task_step();
CREATE TRIGGER tell_task_line AFTER INSERT ON task_line
    FOR EACH ROW EXECUTE FUNCTION tell_task_step();
