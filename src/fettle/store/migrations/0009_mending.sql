-- What mending by a server needs: plans that wait for somebody, runs that wait for a worker; and what
-- hangs on issues: looks at databases, plans, runbooks, deploys.

-- Plans wait until somebody decides.

ALTER TABLE plan
    ADD COLUMN state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'approved', 'declined', 'taken')),
    ADD COLUMN decided_by text,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN reason text,
    ADD CHECK ((decided_by IS NULL) = (decided_at IS NULL));
COMMENT ON COLUMN plan.created_at IS 'When it was planned last';
COMMENT ON COLUMN plan.state IS 'Taken: it was applied, or is to be';
COMMENT ON COLUMN plan.decided_by IS 'Who approved or declined it';
UPDATE plan AS p
SET state = 'taken'
WHERE EXISTS (SELECT FROM fix_run AS r WHERE r.plan = p.id AND r.started_at >= p.created_at);
DROP INDEX plan_recent;
CREATE INDEX plan_recent ON plan (created_at DESC, id DESC);

-- A run that a server was asked for waits for a worker; cut off, it is brought to an end.

ALTER TABLE fix_run
    DROP CONSTRAINT fix_run_status_check,
    DROP CONSTRAINT fix_run_check,
    ADD CONSTRAINT fix_run_status_check CHECK (
        status IN ('queued', 'running', 'done', 'refused', 'failed', 'unsure', 'undone')
    ),
    ADD CONSTRAINT fix_run_check CHECK (
        (status IN ('queued', 'running')) = (finished_at IS NULL)
    ),
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN steps jsonb,
    ADD COLUMN remedy text,
    ADD COLUMN told_at timestamptz,
    ALTER COLUMN started_at DROP DEFAULT,
    ALTER COLUMN started_at DROP NOT NULL;
UPDATE fix_run SET created_at = started_at;
COMMENT ON COLUMN fix_run.id IS 'That of the engine''s run, where a worker does it';
COMMENT ON COLUMN fix_run.started_at IS 'When it began, and not when it was asked for';
COMMENT ON COLUMN fix_run.steps IS 'What it does; by it a run that was cut off is brought to an end';
COMMENT ON COLUMN fix_run.told_at IS 'When its issues were told how it ended';
DROP INDEX fix_run_recent;
CREATE INDEX fix_run_recent ON fix_run (created_at DESC, id DESC);
CREATE INDEX fix_run_of_plan ON fix_run (plan, created_at DESC);
-- Two people who take the same run back at the same moment: one acts.
CREATE UNIQUE INDEX fix_run_one_undo ON fix_run (undoes) WHERE status IN ('queued', 'running');

CREATE TABLE issue_plan (
    issue bigint NOT NULL REFERENCES issue ON DELETE CASCADE,
    plan text NOT NULL REFERENCES plan,
    at timestamptz NOT NULL,
    why text NOT NULL DEFAULT '',
    PRIMARY KEY (issue, plan)
);
COMMENT ON TABLE issue_plan IS 'The plans that were made for an issue';
COMMENT ON COLUMN issue_plan.why IS 'What the fix would do for the issue';
CREATE INDEX issue_plan_of_plan ON issue_plan (plan);

-- What is found when an issue is investigated.

CREATE TABLE snapshot (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target text NOT NULL,
    started_at timestamptz NOT NULL,
    document jsonb NOT NULL,
    plans text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE snapshot IS 'What looking at a database came to, as it hangs on issues';
COMMENT ON COLUMN snapshot.document IS 'fettle.check/1';
COMMENT ON COLUMN snapshot.plans IS 'The plans that were made of its findings';
CREATE INDEX snapshot_of_target ON snapshot (target, started_at DESC);

CREATE TABLE investigation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue bigint NOT NULL REFERENCES issue ON DELETE CASCADE,
    target text NOT NULL,
    why text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    anew boolean NOT NULL,
    symptoms text[] NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    snapshot bigint REFERENCES snapshot,
    matches jsonb,
    change jsonb,
    reason text,
    remedy text,
    ended_at timestamptz,
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CHECK ((state = 'done') = (snapshot IS NOT NULL))
);
COMMENT ON TABLE investigation IS 'An issue''s look at one database: asked for, and what it came to';
COMMENT ON COLUMN investigation.why IS 'Why the issue may be about this database';
COMMENT ON COLUMN investigation.anew IS 'Whether a look of a moment ago will not do';
COMMENT ON COLUMN investigation.matches IS 'The findings that fit its symptoms, as in fettle.check/1';
COMMENT ON COLUMN investigation.change IS 'The difference to its look before, as in fettle.check/1';
CREATE UNIQUE INDEX investigation_one_at_a_time ON investigation (issue, target)
WHERE state = 'waiting';
CREATE INDEX investigation_waiting ON investigation (target, id) WHERE state = 'waiting';
CREATE INDEX investigation_of_issue ON investigation (issue, id);
CREATE INDEX investigation_of_snapshot ON investigation (snapshot) WHERE snapshot IS NOT NULL;

-- What people work by.

CREATE TABLE runbook (
    issue bigint NOT NULL REFERENCES issue ON DELETE CASCADE,
    number int NOT NULL,
    name text NOT NULL,
    text text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (issue, number),
    UNIQUE (issue, name)
);
COMMENT ON TABLE runbook IS 'What an issue''s class or service told to do, as it was then';
COMMENT ON COLUMN runbook.text IS 'Markdown; its task items are the steps, ticked in the timeline';

CREATE TABLE deploy (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL,
    version text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    note text NOT NULL DEFAULT '',
    url text,
    marked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE deploy IS 'When which version of a service went live';
CREATE INDEX deploy_of_service ON deploy (service, at DESC, id);
CREATE INDEX deploy_recent ON deploy (id DESC);

-- Past issues of the same class, and those that an alert or a group had before.
CREATE INDEX issue_class ON issue (class, number) WHERE class IS NOT NULL;
CREATE INDEX issue_joined_by ON issue (joined_by, number) WHERE joined_by IS NOT NULL;
