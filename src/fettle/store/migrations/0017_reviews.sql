-- What is looked back at, what that promises to change, and what came back.

CREATE TABLE review (
    issue bigint PRIMARY KEY REFERENCES issue ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('draft', 'in-review', 'reviewed', 'closed')),
    why text,
    due_at timestamptz,
    author text,
    signed_by text,
    signed_at timestamptz,
    signed_version int,
    version int NOT NULL DEFAULT 0,
    told_at timestamptz,
    changed_at timestamptz NOT NULL,
    CHECK ((signed_by IS NULL) = (signed_at IS NULL)),
    CHECK ((state = 'reviewed') <= (signed_by IS NOT NULL))
);
COMMENT ON TABLE review IS 'The looking back at an issue: where it stands, until when it is due';
COMMENT ON COLUMN review.why IS 'Why it is asked for; null where nobody needs it';
COMMENT ON COLUMN review.version IS 'The latest that was kept; 0: nothing was written yet';
COMMENT ON COLUMN review.told_at IS 'When people were last told that it is overdue';
CREATE INDEX review_due ON review (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE review_version (
    issue bigint NOT NULL REFERENCES review ON DELETE CASCADE,
    version int NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    sections jsonb NOT NULL,
    PRIMARY KEY (issue, version)
);
COMMENT ON TABLE review_version IS 'What a review said, each time that it was kept';
CREATE TRIGGER review_version_append_only BEFORE UPDATE OR TRUNCATE ON review_version
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

CREATE TABLE action_item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issue bigint NOT NULL REFERENCES issue ON DELETE CASCADE,
    title text NOT NULL,
    owner text,
    team text,
    due date,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dropped')),
    reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    ended_at timestamptz,
    told_at timestamptz,
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK (state <> 'dropped' OR reason <> '')
);
COMMENT ON TABLE action_item IS 'What a review promises to change';
COMMENT ON COLUMN action_item.reason IS 'Why it was dropped, or what became of it';
COMMENT ON COLUMN action_item.told_at IS 'When people were last told that it is overdue';
CREATE INDEX action_item_of_issue ON action_item (issue);
CREATE INDEX action_item_open ON action_item (due, id) WHERE state = 'open';

ALTER TABLE link DROP CONSTRAINT link_kind_check;
ALTER TABLE link ADD CONSTRAINT link_kind_check
    CHECK (kind IN ('related', 'caused_by', 'split_from', 'recurrence'));

-- What came back is looked for among what was alike and is over; figures are made of a time.
CREATE INDEX issue_group_over ON issue (joined_by, number)
WHERE status IN ('resolved', 'in-review', 'closed');
CREATE INDEX issue_class_over ON issue (class, number)
WHERE class IS NOT NULL AND status IN ('resolved', 'in-review', 'closed');
CREATE INDEX issue_opened ON issue (opened_at);
