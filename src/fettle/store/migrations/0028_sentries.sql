-- Sentries that a team has: how far each of their projects was read, and what of their issues is
-- counted here.

CREATE TABLE sentry_reading (
    sentry text NOT NULL,
    project text NOT NULL,
    due_at timestamptz NOT NULL,
    began_at timestamptz,
    read_to timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    failure text,
    PRIMARY KEY (sentry, project)
);
COMMENT ON TABLE sentry_reading IS 'How reading a project of a Sentry goes';
COMMENT ON COLUMN sentry_reading.due_at IS 'When it is read next; who reads moves it first';
COMMENT ON COLUMN sentry_reading.began_at IS
    'The newest event there when it was first read, by its clock: what is older is no news';
COMMENT ON COLUMN sentry_reading.read_to IS 'The newest event that was read, by its clock';
COMMENT ON COLUMN sentry_reading.failure IS 'Why it could not be read last; null once it could';

CREATE TABLE sentry_issue (
    sentry text NOT NULL,
    issue text NOT NULL,
    slug text NOT NULL,
    project uuid NOT NULL REFERENCES error_project,
    short_id text NOT NULL,
    status text NOT NULL,
    status_before text,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    count bigint NOT NULL,
    hours jsonb NOT NULL DEFAULT '{}',
    counted bigint NOT NULL DEFAULT 0,
    counted_hours jsonb NOT NULL DEFAULT '{}',
    event uuid,
    key bigint REFERENCES error_group_key,
    refused text,
    taken_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    missing_at timestamptz,
    told_at timestamptz,
    PRIMARY KEY (sentry, issue)
);
COMMENT ON TABLE sentry_issue IS 'An issue of a Sentry that was read';
COMMENT ON COLUMN sentry_issue.status IS
    'How it stood there; merged: it is another one, which has its events';
COMMENT ON COLUMN sentry_issue.status_before IS 'How it stood before it was read last';
COMMENT ON COLUMN sentry_issue.count IS 'How many events it has there';
COMMENT ON COLUMN sentry_issue.hours IS 'Those of the last hours, as they were told';
COMMENT ON COLUMN sentry_issue.counted IS 'How many of them are counted here';
COMMENT ON COLUMN sentry_issue.event IS 'The latest that was read';
COMMENT ON COLUMN sentry_issue.key IS 'What that is joined by here; null until it is digested';
COMMENT ON COLUMN sentry_issue.refused IS 'Why its latest event could not be taken';
COMMENT ON COLUMN sentry_issue.taken_at IS
    'When it was first read: of the hours before the day before that nobody knows here';
COMMENT ON COLUMN sentry_issue.read_at IS 'When that began that was read last';
COMMENT ON COLUMN sentry_issue.missing_at IS
    'When it was last asked for and not found there; null once it was';
COMMENT ON COLUMN sentry_issue.told_at IS 'When it was last said there that it is resolved';
CREATE INDEX sentry_issue_event ON sentry_issue (project, event);
CREATE INDEX sentry_issue_key ON sentry_issue (key);
CREATE INDEX sentry_issue_uncounted ON sentry_issue (sentry, issue) WHERE count <> counted;
