-- Pages that show how others are measured by the clock are told when that has ended.

CREATE TRIGGER tell_measured AFTER UPDATE ON run FOR EACH ROW
    WHEN (new.kind = 'pages' AND old.finished_at IS NULL AND new.finished_at IS NOT NULL)
    EXECUTE FUNCTION tell_changed('pages');

CREATE TABLE page_capacity (
    page text PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    document jsonb NOT NULL
);
COMMENT ON TABLE page_capacity IS 'How much the server of a page carried when somebody tried last';
COMMENT ON COLUMN page_capacity.document IS 'fettle.capacity/1';
