-- Updates are rehearsed, applied and taken back.

CREATE TABLE rehearsal (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    machine text NOT NULL,
    project text NOT NULL,
    path text NOT NULL,
    base text NOT NULL,
    wanted jsonb NOT NULL,
    actor text NOT NULL,
    isolation text NOT NULL,
    without_tests text,
    trials jsonb NOT NULL DEFAULT '[]',
    verdict text,
    judged jsonb,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK (verdict IN ('passed', 'partly', 'failed', 'unjudged', 'refused', 'cut off')),
    CHECK ((verdict IS NULL) = (finished_at IS NULL))
);
CREATE INDEX rehearsal_of_project ON rehearsal (project, number DESC);
COMMENT ON TABLE rehearsal IS 'Updates of a project that were tried together, and what that came to';
COMMENT ON COLUMN rehearsal.base IS 'The commit that the project was on: only there is it applied';
COMMENT ON COLUMN rehearsal.without_tests IS 'Why somebody had it raised without a test';

CREATE TABLE update_run (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    rehearsal uuid NOT NULL REFERENCES rehearsal (id),
    machine text NOT NULL,
    project text NOT NULL,
    path text NOT NULL,
    how text NOT NULL,
    base text NOT NULL,
    commit text NOT NULL,
    updates jsonb NOT NULL,
    actor text NOT NULL,
    state text NOT NULL DEFAULT 'running',
    verified boolean NOT NULL DEFAULT false,
    says text,
    branch text,
    pull_request text,
    without_rehearsal text,
    undoes uuid REFERENCES update_run (id),
    before jsonb,
    after jsonb,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK (how IN ('commit', 'in-place')),
    CHECK (state IN (
        'running', 'done', 'refused', 'failed', 'returned', 'stranded', 'undone'
    ))
);
CREATE INDEX update_run_of_project ON update_run (project, number DESC);
-- Of one project one run goes on at a time, and a run is taken back once.
CREATE UNIQUE INDEX update_run_at_work ON update_run (machine, path) WHERE state = 'running';
CREATE UNIQUE INDEX update_run_undone ON update_run (undoes) WHERE state IN ('running', 'done');
COMMENT ON TABLE update_run IS 'One time that what passed a rehearsal was applied, or taken back';
COMMENT ON COLUMN update_run.before IS 'Hashes of what it changes, before it';
COMMENT ON COLUMN update_run.without_rehearsal IS 'Why somebody had it applied without a rehearsal';

CREATE TABLE update_journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    about uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    detail jsonb NOT NULL
);
CREATE INDEX update_journal_about ON update_journal (about, id);
COMMENT ON TABLE update_journal IS 'What a rehearsal or a run of updates did, as it did it';
