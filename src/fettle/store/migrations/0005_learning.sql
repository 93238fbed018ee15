-- What a team's decisions teach, and how often a language model is asked.

-- What was meant for this was never written to: it kept neither what a case was told with, nor
-- what people left as it was.
DROP TABLE correction;

CREATE SEQUENCE decision_revision;

CREATE TABLE decision (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue bigint UNIQUE REFERENCES issue ON DELETE SET NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    told jsonb NOT NULL,
    said jsonb NOT NULL,
    said_by text NOT NULL CHECK (said_by IN ('source', 'rule', 'model', 'llm', 'person')),
    said_severity smallint NOT NULL CHECK (said_severity BETWEEN 0 AND 4),
    settled jsonb NOT NULL,
    settled_severity smallint NOT NULL CHECK (settled_severity BETWEEN 0 AND 4),
    corrected boolean NOT NULL,
    revision bigint NOT NULL DEFAULT nextval('decision_revision')
);
ALTER SEQUENCE decision_revision OWNED BY decision.revision;
COMMENT ON TABLE decision IS 'What triage said of an issue, and what a person settled that it was; '
    'the model learns from it';
COMMENT ON COLUMN decision.issue IS 'Null once the issue was forgotten; what it taught stays';
COMMENT ON COLUMN decision.told IS 'The case as it was told';
COMMENT ON COLUMN decision.corrected IS 'Whether the person decided otherwise, or let it stand';
COMMENT ON COLUMN decision.revision IS 'Raised by each change, so that news is noticed';
CREATE INDEX decision_age ON decision (at, id);

CREATE TABLE training (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    decisions int NOT NULL,
    basis numeric NOT NULL,
    version text NOT NULL,
    seconds real NOT NULL,
    model text,
    refused text,
    remedy text,
    CHECK ((model IS NULL) = (refused IS NOT NULL))
);
COMMENT ON TABLE training IS 'What was learnt from the decisions, or why nothing was';
COMMENT ON COLUMN training.basis IS 'The sum of the revisions of the decisions it was made from';
COMMENT ON COLUMN training.version IS 'The Fettle that trained';
COMMENT ON COLUMN training.model IS 'The document fettle.triage_model/1';

CREATE TABLE advice (
    run uuid NOT NULL,
    attempt int NOT NULL,
    issue bigint NOT NULL REFERENCES issue ON DELETE CASCADE,
    ask_at timestamptz,
    taken_at timestamptz,
    PRIMARY KEY (run, attempt)
);
COMMENT ON TABLE advice IS 'When a language model was, or is to be, asked about which issue';
COMMENT ON COLUMN advice.ask_at IS 'Null: it is not asked, too many were to be asked about';
COMMENT ON COLUMN advice.taken_at IS 'When what came of it was written to the issue';
CREATE INDEX advice_time ON advice (ask_at);
CREATE INDEX advice_of_issue ON advice (issue);

-- How many issues wait for advice, whatever else has run.
CREATE INDEX run_advise ON run (created_at) WHERE name = 'advise' AND finished_at IS NULL;
