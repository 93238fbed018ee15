-- Applications' errors: who sends them, each time that one happened, and the bugs that they are of.

CREATE TABLE error_project (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number int GENERATED ALWAYS AS IDENTITY UNIQUE,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE error_project IS
    'An application that sends its errors; it stays when its key is changed for another';
COMMENT ON COLUMN error_project.number IS 'What stands at the end of its DSN';

ALTER TABLE credential ADD COLUMN project uuid REFERENCES error_project;
COMMENT ON COLUMN credential.project IS 'Whose errors are sent with a key of kind errors';
WITH made AS (
    INSERT INTO error_project (name)
    SELECT DISTINCT name FROM credential WHERE kind = 'errors'
    RETURNING id, name
)

UPDATE credential SET project = made.id FROM made
WHERE credential.kind = 'errors' AND credential.name = made.name;
ALTER TABLE credential ADD CHECK ((kind = 'errors') = (project IS NOT NULL));
CREATE INDEX credential_project ON credential (project) WHERE project IS NOT NULL;

CREATE TABLE error_release (
    project uuid NOT NULL REFERENCES error_project,
    release text NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    first_seen timestamptz NOT NULL,
    PRIMARY KEY (project, release)
);
COMMENT ON TABLE error_release IS 'The releases of a project, in the order in which they came';

CREATE TABLE error_group (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project uuid NOT NULL REFERENCES error_project,
    title text NOT NULL,
    culprit text NOT NULL,
    level text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('new', 'ongoing', 'escalating', 'regressed', 'resolved', 'muted')),
    events bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    first_release text,
    last_release text,
    resolution jsonb,
    muting jsonb,
    known jsonb NOT NULL DEFAULT '[]',
    merged_into bigint REFERENCES error_group,
    version int NOT NULL DEFAULT 1
);
COMMENT ON TABLE error_group IS 'One bug of an application';
COMMENT ON COLUMN error_group.events IS 'All that ever came, also those that are kept no more';
COMMENT ON COLUMN error_group.known IS 'The known errors that fitted when it was new, and how well';
COMMENT ON COLUMN error_group.merged_into IS 'Where its keys are now; they remember it';
COMMENT ON COLUMN error_group.version IS 'Raised by each change that a person makes';
CREATE INDEX error_group_recent ON error_group (last_seen DESC, id DESC)
WHERE merged_into IS NULL;
CREATE INDEX error_group_of_project ON error_group (project, last_seen DESC, id DESC);
CREATE INDEX error_group_merged ON error_group (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX error_group_waiting ON error_group (id)
WHERE merged_into IS NULL AND state NOT IN ('ongoing', 'resolved');

-- What joins events. A group has many keys; an event stays with its own, so that to merge groups
-- and to part them moves keys, however many events they have.
CREATE TABLE error_group_key (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project uuid NOT NULL REFERENCES error_project,
    key text NOT NULL,
    key_version int NOT NULL,
    why text[] NOT NULL,
    error_group bigint NOT NULL REFERENCES error_group,
    origin bigint NOT NULL REFERENCES error_group,
    events bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    first_release text,
    last_release text,
    UNIQUE (project, key, key_version)
);
COMMENT ON TABLE error_group_key IS 'What joins events of a project, and the group that they are of';
COMMENT ON COLUMN error_group_key.origin IS 'The group that it made; merging leaves it as it is';
CREATE INDEX error_group_key_of_group ON error_group_key (error_group);
CREATE INDEX error_group_key_of_origin ON error_group_key (origin);

-- The body is kept apart from its row, which stays narrow: to say of which key an event is writes a
-- hundred bytes and not the whole of it.
CREATE TABLE error_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project uuid NOT NULL REFERENCES error_project,
    event_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    key bigint REFERENCES error_group_key,
    dead text,
    release text,
    environment text,
    bytes int NOT NULL,
    body text NOT NULL,
    UNIQUE (project, event_id)
) WITH (toast_tuple_target = 128);
COMMENT ON TABLE error_event IS 'One time that an error happened; it waits while it has no key';
COMMENT ON COLUMN error_event.dead IS 'Why it is of no group: a mistake in Fettle';
COMMENT ON COLUMN error_event.body IS 'The ErrorEvent as JSON, scrubbed before it came here';
CREATE INDEX error_event_waiting ON error_event (id) WHERE key IS NULL AND dead IS NULL;
CREATE INDEX error_event_of_key ON error_event (key, id);
CREATE INDEX error_event_of_project ON error_event (project, id);
CREATE INDEX error_event_age ON error_event USING brin (received_at) WITH (pages_per_range = 32);

-- lz4 costs a third of what the older method does; a server may have been built without it.
DO $$
BEGIN
    ALTER TABLE error_event ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    RAISE NOTICE 'this server has no lz4: errors are compressed as ever';
END $$;

CREATE TABLE error_count (
    key bigint NOT NULL REFERENCES error_group_key,
    hour timestamptz NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (key, hour)
) WITH (fillfactor = 80);
COMMENT ON TABLE error_count IS 'How many events of a key arrived in an hour';
CREATE INDEX error_count_hour ON error_count (hour);

CREATE TABLE error_tag (
    key bigint NOT NULL REFERENCES error_group_key,
    tag text NOT NULL,
    value text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (key, tag, value)
) WITH (fillfactor = 80);
COMMENT ON TABLE error_tag IS
    'How many events of a key had which value of a tag; beyond so many, the rest is one: ''''';

CREATE TABLE error_person (
    key bigint NOT NULL REFERENCES error_group_key,
    person bytea NOT NULL,
    PRIMARY KEY (key, person)
);
COMMENT ON TABLE error_person IS 'Whose work was broken, to count them; up to some thousands a key';
COMMENT ON COLUMN error_person.person IS 'A hash of whatever names them, and of the project';

CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON error_group
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('error');
