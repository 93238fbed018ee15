-- What is in use is kept as the newest look saw it, for a bill of materials.

CREATE TABLE update_in_use (
    "check" uuid PRIMARY KEY REFERENCES update_check (id) ON DELETE CASCADE,
    lists_all boolean NOT NULL,
    told jsonb NOT NULL
);
COMMENT ON TABLE update_in_use IS 'What is in use, as the newest look for updates saw it';
COMMENT ON COLUMN update_in_use.lists_all IS 'Whether of a machine more than the packages with updates is told';
