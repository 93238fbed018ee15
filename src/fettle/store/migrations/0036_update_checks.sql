-- Looks for updates are kept: what is on offer, since when that is known, and what was asked for.

CREATE TABLE update_check (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    security int NOT NULL,
    regular int NOT NULL,
    open int NOT NULL,
    new int NOT NULL,
    whole boolean NOT NULL,
    sources jsonb NOT NULL,
    locks jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE update_check IS 'Looks for updates of everything in the settings, and how each went';
COMMENT ON COLUMN update_check.new IS 'How many updates were on offer for the first time';
COMMENT ON COLUMN update_check.whole IS 'Whether everything was looked at';
COMMENT ON COLUMN update_check.locks IS 'How much is in use by each file that was read';

CREATE TABLE update_offer (
    id text PRIMARY KEY,
    ecosystem text NOT NULL,
    package text NOT NULL,
    place text NOT NULL,
    project text,
    current text NOT NULL,
    version text NOT NULL,
    type text NOT NULL,
    worst int NOT NULL,
    held boolean NOT NULL,
    told jsonb NOT NULL,
    accepted jsonb NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    gone_at timestamptz,
    CHECK (type IN ('security', 'regular'))
);
CREATE INDEX update_offer_standing ON update_offer (worst) WHERE gone_at IS NULL;
CREATE INDEX update_offer_gone ON update_offer (gone_at) WHERE gone_at IS NOT NULL;
COMMENT ON TABLE update_offer IS 'Newer versions that were on offer, by the ids that people call them by';
COMMENT ON COLUMN update_offer.place IS 'The file, the machine or the database that has it';
COMMENT ON COLUMN update_offer.worst IS 'How bad the worst is that it closes, from 0 (info) to 4; -1: it closes nothing';
COMMENT ON COLUMN update_offer.gone_at IS 'Since when a look no longer tells of it: it was taken, or is no more on offer';

CREATE TABLE update_weakness (
    key text PRIMARY KEY,
    worst int NOT NULL,
    told jsonb NOT NULL,
    accepted text,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    gone_at timestamptz
);
CREATE INDEX update_weakness_gone ON update_weakness (gone_at) WHERE gone_at IS NOT NULL;
COMMENT ON TABLE update_weakness IS 'Weaknesses of what is in use that nothing on offer closes';

CREATE TABLE update_alarm (
    key text PRIMARY KEY,
    title text NOT NULL,
    since timestamptz NOT NULL
);
COMMENT ON TABLE update_alarm IS 'Critical weaknesses with a fix on offer, as issues tell of them';

CREATE TABLE update_act (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    project text NOT NULL,
    updates text[] NOT NULL,
    rehearsal uuid REFERENCES rehearsal (id),
    undoes uuid REFERENCES update_run (id),
    reason text,
    hurry text,
    actor text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    says text,
    remedy text,
    asked_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK (kind IN ('rehearse', 'apply', 'undo')),
    CHECK (state IN ('waiting', 'at-work', 'done', 'refused', 'failed'))
);
CREATE INDEX update_act_of_project ON update_act (project, asked_at DESC);
COMMENT ON TABLE update_act IS 'What somebody has asked a worker for: to rehearse updates, to apply them, or to take a run back';
COMMENT ON COLUMN update_act.id IS 'The rehearsal, or the run, that comes of it has the same';
COMMENT ON COLUMN update_act.rehearsal IS 'What is to be applied';
COMMENT ON COLUMN update_act.undoes IS 'The run that is to be taken back';
COMMENT ON COLUMN update_act.reason IS 'Why it is applied without a rehearsal';
COMMENT ON COLUMN update_act.hurry IS 'Why packages of the machine are updated outside of their window';

CREATE TRIGGER tell_saved AFTER INSERT ON update_check
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('updates');
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON update_act
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('updates');
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON rehearsal
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('updates');
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON update_run
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('updates');
CREATE TRIGGER tell_saved AFTER UPDATE ON update_watch
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('updates');
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON update_quarantine
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('updates');
CREATE TRIGGER tell_saved AFTER INSERT ON update_journal
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('updates');
