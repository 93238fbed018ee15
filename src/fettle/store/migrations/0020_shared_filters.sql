-- Filters have an id, so that they can be renamed; whoever calls the API keeps some, and shares them.

ALTER TABLE saved_filter
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN owner text,
    ADD COLUMN shared boolean NOT NULL DEFAULT false;
UPDATE saved_filter SET owner = 'user:' || fettle_user.name
FROM fettle_user WHERE fettle_user.id = saved_filter.user_id;
ALTER TABLE saved_filter DROP CONSTRAINT saved_filter_pkey;
ALTER TABLE saved_filter DROP COLUMN user_id;
ALTER TABLE saved_filter
    ALTER COLUMN owner SET NOT NULL,
    ALTER COLUMN id DROP DEFAULT,
    ADD PRIMARY KEY (id),
    ADD UNIQUE (owner, page, name);
COMMENT ON COLUMN saved_filter.owner IS 'Who keeps it, as the audit log names them';
COMMENT ON COLUMN saved_filter.shared IS 'Whether everybody sees it; its owner and admins change it';
