-- Who uses the pages: users, how they log in, and what they keep.

CREATE TABLE fettle_user (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (name = lower(name)),
    role text NOT NULL CHECK (role IN ('viewer', 'responder', 'admin')),
    password text,
    totp bytea,
    totp_step bigint,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    seen_at timestamptz,
    disabled_at timestamptz,
    CHECK (totp IS NOT NULL OR totp_step IS NULL)
);
COMMENT ON TABLE fettle_user IS 'People who log in to the pages; a user is never removed, only disabled';
COMMENT ON COLUMN fettle_user.password IS 'As argon2 hashes it; null for who logs in otherwise';
COMMENT ON COLUMN fettle_user.totp IS 'The secret of the second factor, sealed with a key of this '
    'installation; null where it is off';
COMMENT ON COLUMN fettle_user.totp_step IS 'The step of the last code that was taken: none is taken '
    'twice';

CREATE TABLE user_identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES fettle_user,
    created_at timestamptz NOT NULL,
    seen_at timestamptz,
    PRIMARY KEY (issuer, subject)
);
COMMENT ON TABLE user_identity IS 'Who a user is at an OpenID provider';
CREATE INDEX user_identity_of ON user_identity (user_id);

CREATE TABLE user_session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    hash bytea NOT NULL UNIQUE,
    user_id uuid NOT NULL REFERENCES fettle_user,
    how text NOT NULL,
    client text NOT NULL,
    agent text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
COMMENT ON TABLE user_session IS 'Browsers that are logged in; one that logs out is removed';
COMMENT ON COLUMN user_session.hash IS 'SHA-256 of the cookie, which is random and kept nowhere';
COMMENT ON COLUMN user_session.how IS 'How it logged in: password, link, or oidc:NAME';
CREATE INDEX user_session_of ON user_session (user_id);
CREATE INDEX user_session_over ON user_session (ends_at);

CREATE TABLE log_in_link (
    hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES fettle_user,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE log_in_link IS 'Links by which a user logs in once, and sets a password';
CREATE INDEX log_in_link_of ON log_in_link (user_id);
CREATE INDEX log_in_link_over ON log_in_link (ends_at);

CREATE TABLE recovery_code (
    user_id uuid NOT NULL REFERENCES fettle_user,
    hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
);
COMMENT ON TABLE recovery_code IS 'Codes that stand in for the second factor, each once';

CREATE TABLE log_in_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    name bytea NOT NULL,
    client text NOT NULL
);
COMMENT ON TABLE log_in_attempt IS 'Attempts to log in that have not succeeded';
COMMENT ON COLUMN log_in_attempt.name IS 'A keyed hash of the name: people type passwords there';
CREATE INDEX log_in_attempt_of_name ON log_in_attempt (name, at);
CREATE INDEX log_in_attempt_of_client ON log_in_attempt (client, at);
CREATE INDEX log_in_attempt_age ON log_in_attempt (at);

CREATE TABLE saved_filter (
    user_id uuid NOT NULL REFERENCES fettle_user,
    page text NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, page, name)
);
COMMENT ON TABLE saved_filter IS 'What somebody looks for again: a page with its query string';
