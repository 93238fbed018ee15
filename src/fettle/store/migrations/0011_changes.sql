-- Say what changes, so that pages that show it can show it anew: "issue 12 13" on fettle_changed.
-- One notice for each statement, however many rows it wrote. A notice holds less than 8,000 bytes:
-- where more than 500 issues change at once, it names none.

CREATE FUNCTION tell_issue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    numbers bigint[];
BEGIN
    IF TG_TABLE_NAME = 'issue' THEN
        SELECT array_agg(DISTINCT number) INTO numbers FROM changed;
    ELSE
        SELECT array_agg(DISTINCT issue) INTO numbers FROM changed;
    END IF;
    IF numbers IS NOT NULL THEN
        PERFORM pg_notify(
            'fettle_changed',
            'issue' || CASE WHEN cardinality(numbers) <= 500
                            THEN ' ' || array_to_string(numbers, ' ') ELSE '' END
        );
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tell_inserted AFTER INSERT ON issue REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_issue_changed();
CREATE TRIGGER tell_updated AFTER UPDATE ON issue REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_issue_changed();
CREATE TRIGGER tell_inserted AFTER INSERT ON timeline REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_issue_changed();

-- The overview: what is open, by what matters most, and what Fettle did by itself.
CREATE INDEX issue_burning ON issue (priority, (acknowledged_by IS NOT NULL), number)
WHERE ended_at IS NULL AND status <> ALL('{resolved,in-review}');
CREATE INDEX timeline_by_itself ON timeline (id) WHERE actor = 'fettle';

-- Of other things, that one of them changed: its name is the trigger's argument.
CREATE FUNCTION tell_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fettle_changed', TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON diagnosis
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('diagnosis');
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON plan
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('fix');
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON fix_run
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('fix');
