-- What is known of issues' errors, and what was done about them by itself.

CREATE TABLE recognition (
    issue bigint PRIMARY KEY REFERENCES issue ON DELETE CASCADE,
    text text NOT NULL,
    asked_at timestamptz NOT NULL,
    known text,
    answered boolean NOT NULL DEFAULT false,
    matches jsonb,
    done_at timestamptz
);
COMMENT ON TABLE recognition IS 'Which known error an issue is, by what it was told with';
COMMENT ON COLUMN recognition.known IS 'The surest; to be acted on only where it is answered';
COMMENT ON COLUMN recognition.matches IS 'class, confidence and evidence of each, the surest first';
COMMENT ON COLUMN recognition.done_at IS 'Null while it waits to be recognised';
CREATE INDEX recognition_waiting ON recognition (issue) WHERE done_at IS NULL;
CREATE INDEX recognition_known ON recognition (known, issue DESC) WHERE answered;

CREATE TABLE solving (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    stopped_at timestamptz,
    stopped_by text,
    reason text,
    CHECK ((stopped_at IS NULL) = (stopped_by IS NULL)),
    CHECK ((stopped_at IS NULL) = (reason IS NULL))
);
COMMENT ON TABLE solving IS 'Whether anything acts by itself; its one row is locked by who begins';

CREATE TABLE remedy_attempt (
    id uuid PRIMARY KEY,
    remedy text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('fix', 'restart', 'webhook', 'retry')),
    known text NOT NULL,
    target text NOT NULL,
    issue bigint REFERENCES issue ON DELETE SET NULL,
    mode text NOT NULL CHECK (mode IN ('suggest', 'approve', 'automatic')),
    actor text NOT NULL,
    why text NOT NULL,
    created_at timestamptz NOT NULL,
    state text NOT NULL CHECK (
        state IN ('waiting', 'declined', 'queued', 'acting', 'watching', 'ended')
    ),
    outcome text CHECK (
        outcome IN (
            'resolved', 'came-back', 'failed', 'undone', 'refused', 'unsure', 'unknown'
        )
    ),
    reason text,
    decided_by text,
    decided_at timestamptz,
    acted_at timestamptz,
    until timestamptz,
    ended_at timestamptz,
    watched bigint[] NOT NULL DEFAULT '{}',
    fix_run uuid,
    CHECK ((state = 'ended') = (outcome IS NOT NULL)),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK (state NOT IN ('acting', 'watching') OR acted_at IS NOT NULL)
);
COMMENT ON TABLE remedy_attempt IS 'Each use of a remedy: what it was for, and what the signals said of it';
COMMENT ON COLUMN remedy_attempt.id IS 'That of the engine''s run, and the key of the call';
COMMENT ON COLUMN remedy_attempt.acted_at IS 'When it was let act, whatever came of it; what budgets count';
COMMENT ON COLUMN remedy_attempt.watched IS 'The alerts whose silence tells whether it helped';
CREATE UNIQUE INDEX remedy_attempt_one_in_flight ON remedy_attempt (target)
WHERE state IN ('acting', 'watching');
CREATE UNIQUE INDEX remedy_attempt_one_for_an_issue ON remedy_attempt (issue, remedy)
WHERE state IN ('waiting', 'queued', 'acting', 'watching');
CREATE INDEX remedy_attempt_acted ON remedy_attempt (acted_at) WHERE acted_at IS NOT NULL;
CREATE INDEX remedy_attempt_of_remedy ON remedy_attempt (remedy, target, acted_at DESC);
CREATE INDEX remedy_attempt_of_known ON remedy_attempt (known, created_at DESC);
CREATE INDEX remedy_attempt_recent ON remedy_attempt (created_at DESC, id DESC);
CREATE INDEX remedy_attempt_of_fix ON remedy_attempt (fix_run) WHERE fix_run IS NOT NULL;

CREATE TABLE remedy_journal (
    attempt uuid NOT NULL REFERENCES remedy_attempt ON DELETE CASCADE,
    number int NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    event text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (attempt, number)
);
COMMENT ON TABLE remedy_journal IS 'What an attempt did; written before it is done, with its undo';
CREATE TRIGGER remedy_journal_append_only BEFORE UPDATE OR TRUNCATE ON remedy_journal
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON remedy_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('remedy');
