-- Errors that came before the source maps of their build are read again when those are here.

ALTER TABLE error_group_key
    ADD COLUMN wants_maps boolean NOT NULL DEFAULT true,
    ADD COLUMN reads_as bigint REFERENCES error_group_key,
    ADD COLUMN read_at timestamptz;
COMMENT ON COLUMN error_group_key.wants_maps IS
    'Whether source maps could say more of its events than was known when they were read last';
COMMENT ON COLUMN error_group_key.reads_as IS
    'The key that its events come to with their source maps; it was joined with that one then';
CREATE INDEX error_group_key_unread ON error_group_key (project, id)
WHERE wants_maps AND reads_as IS NULL;

ALTER TABLE error_project ADD COLUMN held_until timestamptz;
COMMENT ON COLUMN error_project.held_until IS
    'Until when its new events wait, because earlier ones are read again';

-- What tools say of releases: the commits that went into them.
CREATE TABLE release_commit (
    project uuid NOT NULL,
    release text NOT NULL,
    place int NOT NULL,
    id text NOT NULL,
    author text NOT NULL,
    at timestamptz,
    message text NOT NULL,
    files text[] NOT NULL,
    PRIMARY KEY (project, release, place),
    FOREIGN KEY (project, release) REFERENCES error_release
);
COMMENT ON TABLE release_commit IS
    'The commits that went into a release, the latest first; of the latest releases that have any';
COMMENT ON COLUMN release_commit.message IS 'Its first line';
