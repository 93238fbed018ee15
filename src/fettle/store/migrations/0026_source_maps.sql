-- Source maps of applications: what is on its way, the maps, and the files that they are of.

CREATE TABLE upload_chunk (
    checksum bytea PRIMARY KEY CHECK (octet_length(checksum) = 20),
    body bytea NOT NULL,
    uploaded_at timestamptz NOT NULL
);
ALTER TABLE upload_chunk ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE upload_chunk IS 'Parts of bundles on their way; they go when theirs is taken up';
COMMENT ON COLUMN upload_chunk.checksum IS 'SHA-1 of the body, as the tools that upload have it';

CREATE TABLE source_map (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project uuid NOT NULL REFERENCES error_project,
    digest bytea NOT NULL,
    debug_id uuid,
    name text NOT NULL,
    size bigint NOT NULL,
    packed bytea NOT NULL,
    uploaded_at timestamptz NOT NULL,
    uploaded_by text NOT NULL,
    used_at timestamptz NOT NULL,
    UNIQUE (project, digest)
);
ALTER TABLE source_map ALTER COLUMN packed SET STORAGE EXTERNAL;
COMMENT ON TABLE source_map IS 'What makes minified stacks of a project readable';
COMMENT ON COLUMN source_map.digest IS 'SHA-256 of what is packed and the debug id: the same is once';
COMMENT ON COLUMN source_map.size IS 'How large it was as it came, in bytes';
COMMENT ON COLUMN source_map.used_at IS 'When an error needed it last, to the day; or its upload';
CREATE INDEX source_map_debug_id ON source_map (project, debug_id) WHERE debug_id IS NOT NULL;
CREATE INDEX source_map_used ON source_map (used_at);

CREATE TABLE source_map_file (
    project uuid NOT NULL REFERENCES error_project,
    release text NOT NULL,
    dist text NOT NULL,
    file text NOT NULL,
    base text NOT NULL,
    map bigint NOT NULL REFERENCES source_map ON DELETE CASCADE,
    PRIMARY KEY (project, release, dist, file)
);
COMMENT ON TABLE source_map_file IS 'The file of a release that a map is of';
COMMENT ON COLUMN source_map_file.dist IS 'Empty where the release has one build';
COMMENT ON COLUMN source_map_file.base IS 'The last part of the file''s path';
CREATE INDEX source_map_file_base ON source_map_file (project, release, base);
CREATE INDEX source_map_file_map ON source_map_file (map);

CREATE TABLE source_bundle (
    project uuid NOT NULL REFERENCES error_project,
    checksum bytea NOT NULL,
    release text NOT NULL,
    dist text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    PRIMARY KEY (project, checksum, release, dist)
);
COMMENT ON TABLE source_bundle IS
    'Bundles all of whose maps are here: who uploads one again is told so, and sends nothing';
