-- What arrives, the issues that it becomes, who is told, and who may do what.

CREATE FUNCTION is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Who may do what.

CREATE TABLE credential (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('token', 'hook', 'errors')),
    name text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    role text CHECK (role IN ('viewer', 'responder', 'admin')),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    CHECK ((kind = 'token') = (role IS NOT NULL))
);
COMMENT ON TABLE credential IS 'Tokens of the API (with a role), and keys of those who send';
COMMENT ON COLUMN credential.hash IS 'SHA-256 of the secret, which is random and kept nowhere';
CREATE UNIQUE INDEX credential_name ON credential (kind, name) WHERE revoked_at IS NULL;

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    request text,
    detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE audit IS 'Every unsafe act: who, what, on what, by which request';
CREATE INDEX audit_recent ON audit (at DESC);
CREATE INDEX audit_of_subject ON audit (subject, at DESC);
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

CREATE TABLE answered (
    actor text NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    status smallint NOT NULL,
    body jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
COMMENT ON TABLE answered IS 'Answers by Idempotency-Key, given again when the request comes again';
COMMENT ON COLUMN answered.request IS 'SHA-256 of method, path and body';
CREATE INDEX answered_age ON answered (at);

-- What arrives.

CREATE TABLE delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL,
    credential uuid REFERENCES credential,
    hook text NOT NULL,
    vendor text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'dead')),
    reason text,
    settled_at timestamptz,
    replays int NOT NULL DEFAULT 0
);
COMMENT ON TABLE delivery IS 'What was accepted, as it came: waiting, taken into signals, or dead';
COMMENT ON COLUMN delivery.reason IS 'Why it is dead, or which of its parts were refused';
CREATE INDEX delivery_waiting ON delivery (id) WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (id DESC) WHERE state = 'dead';
CREATE INDEX delivery_age ON delivery (received_at);

CREATE TABLE intake_count (
    day date NOT NULL,
    hook text NOT NULL,
    vendor text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL DEFAULT '',
    number bigint NOT NULL,
    PRIMARY KEY (day, hook, vendor, outcome, reason)
);
COMMENT ON TABLE intake_count IS 'How many signals and deliveries came to what; kept for good';

CREATE TABLE issue (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    status text NOT NULL,
    held_since timestamptz,
    held_until timestamptz,
    severity smallint NOT NULL CHECK (severity BETWEEN 0 AND 4),
    priority text NOT NULL CHECK (priority IN ('p1', 'p2', 'p3', 'p4')),
    category text NOT NULL,
    class text,
    services text[] NOT NULL DEFAULT '{}',
    team text,
    assignee text,
    acknowledged_by text,
    classification jsonb NOT NULL,
    milestones jsonb NOT NULL,
    joined_by text,
    signals int NOT NULL DEFAULT 0,
    merged_into bigint REFERENCES issue,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    calls_since timestamptz NOT NULL,
    calls_made int NOT NULL DEFAULT 0,
    ended_at timestamptz,
    version int NOT NULL DEFAULT 1,
    search tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', left(title, 500) || ' ' || left(description, 20000))
    ) STORED
);
COMMENT ON TABLE issue IS 'One piece of trouble being worked on';
COMMENT ON COLUMN issue.acknowledged_by IS 'Who has taken it; null asks for somebody';
COMMENT ON COLUMN issue.calls_since IS 'When people began to be called for it';
COMMENT ON COLUMN issue.calls_made IS 'How often since then';
COMMENT ON COLUMN issue.joined_by IS 'What makes a later signal join it';
COMMENT ON COLUMN issue.ended_at IS 'When it was closed, declined or merged; null while open';
COMMENT ON COLUMN issue.version IS 'Raised by each change; a change of an older one is refused';
CREATE INDEX issue_open ON issue (number) WHERE ended_at IS NULL;
CREATE INDEX issue_status ON issue (status, number);
CREATE INDEX issue_severity ON issue (severity, number);
CREATE INDEX issue_team ON issue (team, number);
CREATE INDEX issue_group ON issue (joined_by) WHERE ended_at IS NULL;
CREATE INDEX issue_services ON issue USING gin (services);
CREATE INDEX issue_search ON issue USING gin (search);
CREATE INDEX issue_merged ON issue (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE alert (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    key text NOT NULL,
    firing boolean NOT NULL,
    title text NOT NULL,
    severity smallint,
    service text,
    labels jsonb NOT NULL DEFAULT '{}',
    source_group text,
    times int NOT NULL DEFAULT 1,
    changes timestamptz[] NOT NULL DEFAULT '{}',
    flapping boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    seen_at timestamptz NOT NULL,
    issue bigint REFERENCES issue,
    UNIQUE (source, key)
);
COMMENT ON TABLE alert IS 'One alert of one source: all signals with the same key of that source';
COMMENT ON COLUMN alert.changes IS 'The latest moments at which it began or ended, for flap damping';
CREATE INDEX alert_of_issue ON alert (issue);
CREATE INDEX alert_firing ON alert (service) WHERE firing;

CREATE TABLE signal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery bigint REFERENCES delivery ON DELETE SET NULL,
    alert bigint NOT NULL REFERENCES alert,
    issue bigint REFERENCES issue,
    at timestamptz NOT NULL,
    firing boolean NOT NULL,
    outcome text NOT NULL,
    why text NOT NULL,
    document jsonb NOT NULL
);
COMMENT ON TABLE signal IS 'One thing that one source said, and what came of it';
COMMENT ON COLUMN signal.outcome IS
    'opened, joined, repeated, resolved, silenced, inhibited, muted, flapping, late, unmatched';
CREATE INDEX signal_of_issue ON signal (issue, id);
CREATE INDEX signal_of_alert ON signal (alert, id);
CREATE INDEX signal_of_delivery ON signal (delivery);
CREATE INDEX signal_age ON signal (at);

CREATE TABLE timeline (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue bigint NOT NULL REFERENCES issue,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    event text NOT NULL,
    text text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE timeline IS 'What happened to an issue, and who did it';
CREATE INDEX timeline_of_issue ON timeline (issue, id);
CREATE TRIGGER timeline_append_only BEFORE UPDATE OR TRUNCATE ON timeline
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

CREATE TABLE clock_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue bigint NOT NULL REFERENCES issue,
    clock text NOT NULL CHECK (clock IN ('response', 'update', 'resolution')),
    at timestamptz NOT NULL,
    act text NOT NULL,
    target text,
    hours text CHECK (hours IN ('24x7', 'business')),
    reason text NOT NULL DEFAULT ''
);
COMMENT ON TABLE clock_event IS 'The ledger of an issue''s SLA clocks; what they show is read from it';
CREATE INDEX clock_event_of_issue ON clock_event (issue, id);
CREATE TRIGGER clock_event_append_only BEFORE UPDATE OR TRUNCATE ON clock_event
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

CREATE TABLE correction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue bigint REFERENCES issue ON DELETE SET NULL,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    text text NOT NULL,
    said jsonb NOT NULL,
    corrected jsonb NOT NULL
);
COMMENT ON TABLE correction IS 'What a person decided otherwise than triage; the model learns from it';

CREATE TABLE link (
    issue bigint NOT NULL REFERENCES issue,
    other bigint NOT NULL REFERENCES issue,
    kind text NOT NULL CHECK (kind IN ('related', 'caused_by', 'split_from')),
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    PRIMARY KEY (issue, other, kind),
    CHECK (issue <> other)
);
COMMENT ON TABLE link IS 'How an issue belongs to another, without being the same trouble';
CREATE INDEX link_back ON link (other);

CREATE TABLE silence (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    matchers jsonb NOT NULL,
    comment text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE silence IS 'Signals that open no issue for a while; every silence has an end';
CREATE INDEX silence_end ON silence (ends_at);

CREATE TABLE heartbeat (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    period interval NOT NULL CHECK (period > interval '0'),
    grace interval NOT NULL CHECK (grace >= interval '0'),
    service text,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'up', 'started', 'late', 'failed')),
    seen_at timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE heartbeat IS 'Jobs that say that they ran; one that stays silent is a signal';

-- Who is told.

CREATE TABLE outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    issue bigint REFERENCES issue ON DELETE CASCADE,
    receiver text NOT NULL,
    event text NOT NULL,
    message jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sent', 'failed', 'merged')),
    attempts int NOT NULL DEFAULT 0,
    taken_until timestamptz,
    sent_at timestamptz,
    error text
);
COMMENT ON TABLE outbox IS 'Notifications; the id is the idempotency key that the receiver sees';
COMMENT ON COLUMN outbox.taken_until IS 'A sender has it until then; past that its sender has died';
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE INDEX outbox_of_issue ON outbox (issue, created_at);
