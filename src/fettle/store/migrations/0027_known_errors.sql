-- Known errors that people write on pages, with every version of them. Words only: what acts stands
-- in fettle.toml.

CREATE TABLE known_error (
    id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_]{0,59}$'),
    version int NOT NULL DEFAULT 1,
    document jsonb NOT NULL,
    retired boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
COMMENT ON TABLE known_error IS 'A known error that people wrote, as it is now; none is ever deleted';
COMMENT ON COLUMN known_error.version IS
    'Raised by each change: the sum of all of them says whether anything has changed';
COMMENT ON COLUMN known_error.retired IS 'It is kept, and matched no more';

CREATE TABLE known_error_version (
    id text NOT NULL REFERENCES known_error,
    version int NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    act text NOT NULL CHECK (act IN ('written', 'changed', 'retired', 'restored')),
    document jsonb NOT NULL,
    PRIMARY KEY (id, version)
);
COMMENT ON TABLE known_error_version IS 'What a known error said, each time that it was changed';
CREATE TRIGGER known_error_version_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON known_error_version
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON known_error
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('known-error');
