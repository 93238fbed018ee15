-- What figures need of each issue, in a narrow table of its own: of 100,000 issues it is read in
-- tens of milliseconds, where the issues, their timelines and ledgers took most of a second.
--
-- Triggers keep it, in the transaction of what it is taken from: whoever writes an issue, its
-- timeline, the ledger of its clocks or a link, and whoever lets go of one, cannot forget it. Each
-- column is taken from one table alone: two transactions that write different tables at once leave
-- each other's columns alone, and the row's lock makes the one wait for the other.

CREATE TABLE counted (
    issue bigint PRIMARY KEY REFERENCES issue ON DELETE CASCADE,
    opened_at timestamptz NOT NULL,
    team text,
    class text,
    services text[] NOT NULL,
    counts boolean NOT NULL,
    declined boolean NOT NULL,
    untaken boolean NOT NULL,
    detect bigint,
    acknowledge bigint,
    mitigate bigint,
    resolve bigint,
    breached boolean NOT NULL DEFAULT false,
    false_positive boolean NOT NULL DEFAULT false,
    touched boolean NOT NULL DEFAULT false,
    returned boolean NOT NULL DEFAULT false,
    noise boolean NOT NULL GENERATED ALWAYS AS (
        CASE WHEN declined THEN false_positive ELSE untaken AND NOT touched END
    ) STORED
) WITH (fillfactor = 85); -- a changed row stays on its page, and no index is written
COMMENT ON TABLE counted IS 'What figures need of each issue; triggers keep it true';
COMMENT ON COLUMN counted.services IS 'Each once';
COMMENT ON COLUMN counted.counts IS 'What was merged is counted where it went';
COMMENT ON COLUMN counted.untaken IS 'It is over, and nobody ever took it';
COMMENT ON COLUMN counted.detect IS
    'Microseconds from when it started; null where that never came, or where it is no trouble';
COMMENT ON COLUMN counted.acknowledge IS 'The same, from when it was detected';
COMMENT ON COLUMN counted.breached IS 'Whether a promise was broken, however it ended';
COMMENT ON COLUMN counted.touched IS 'Whether a person wrote anything in its timeline';
COMMENT ON COLUMN counted.returned IS 'Whether it is the return of what was fixed';

-- What is taken from the issue itself.
CREATE FUNCTION counted_of(status text, services text[], milestones jsonb) RETURNS TABLE (
    services text[], counts boolean, declined boolean, untaken boolean,
    detect bigint, acknowledge bigint, mitigate bigint, resolve bigint
) LANGUAGE sql STABLE AS $$
SELECT
    ARRAY(SELECT DISTINCT s.name FROM unnest($2) AS s (name) ORDER BY s.name),
    $1 <> 'merged',
    $1 = 'declined',
    $1 IN ('resolved', 'in-review', 'closed') AND $3 ->> 'acknowledged' IS NULL,
    (extract(epoch FROM m.detected - m.started) * 1000000)::bigint,
    (extract(epoch FROM m.acknowledged - m.detected) * 1000000)::bigint,
    (extract(epoch FROM m.mitigated - m.started) * 1000000)::bigint,
    (extract(epoch FROM m.resolved - m.started) * 1000000)::bigint
FROM (SELECT) AS one
-- what is no trouble has no times
LEFT JOIN (
    SELECT
        ($3 ->> 'started')::timestamptz AS started,
        ($3 ->> 'detected')::timestamptz AS detected,
        ($3 ->> 'acknowledged')::timestamptz AS acknowledged,
        ($3 ->> 'mitigated')::timestamptz AS mitigated,
        ($3 ->> 'resolved')::timestamptz AS resolved
    OFFSET 0 -- each is read once
) AS m ON $1 <> 'declined'
$$;

-- What is taken from an entry of a timeline.
CREATE FUNCTION touches(event text, actor text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
SELECT
    $1 IN ('note', 'assigned', 'held', 'reclassified', 'resolved', 'reopened')
    AND $2 ~ '^(cli|token|user|link):[^/]*$'
$$;
CREATE FUNCTION is_false_positive(event text, detail jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT $1 = 'declined' AND coalesce($2 ->> 'why' = 'false-positive', false)
$$;

INSERT INTO counted (
    issue, opened_at, team, class, services, counts, declined, untaken,
    detect, acknowledge, mitigate, resolve, breached, false_positive, touched, returned
)
SELECT
    i.number, i.opened_at, i.team, i.class, c.*,
    EXISTS (SELECT FROM clock_event AS e WHERE e.issue = i.number AND e.act = 'breached'),
    coalesce(t.false_positive, false),
    coalesce(t.touched, false),
    EXISTS (SELECT FROM link AS l WHERE l.issue = i.number AND l.kind = 'recurrence')
FROM issue AS i
CROSS JOIN LATERAL counted_of(i.status, i.services, i.milestones) AS c
LEFT JOIN (
    SELECT
        issue,
        bool_or(is_false_positive(event, detail)) AS false_positive,
        bool_or(touches(event, actor)) AS touched
    FROM timeline
    GROUP BY issue
) AS t ON t.issue = i.number
ORDER BY i.opened_at;
CREATE INDEX counted_opened ON counted (opened_at) WHERE counts;
ANALYZE counted;

CREATE FUNCTION count_opened() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO counted (
        issue, opened_at, team, class, services, counts, declined, untaken,
        detect, acknowledge, mitigate, resolve
    )
    SELECT i.number, i.opened_at, i.team, i.class, c.*
    FROM opened AS i, counted_of(i.status, i.services, i.milestones) AS c;
    RETURN NULL;
END $$;
CREATE TRIGGER count_opened AFTER INSERT ON issue REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION count_opened();

-- A connection keeps the plans of what follows, however much is written meanwhile: rows are found by
-- their numbers one by one, and neither the table is read nor what changed joined with itself.
CREATE FUNCTION count_changed() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    i record;
BEGIN
    -- most changes concern none of it
    FOR i IN
        SELECT number, opened_at, status, team, class, services, milestones FROM changed
        EXCEPT
        SELECT number, opened_at, status, team, class, services, milestones FROM before
    LOOP
        UPDATE counted AS k
        SET
            opened_at = i.opened_at,
            team = i.team,
            class = i.class,
            services = c.services,
            counts = c.counts,
            declined = c.declined,
            untaken = c.untaken,
            detect = c.detect,
            acknowledge = c.acknowledge,
            mitigate = c.mitigate,
            resolve = c.resolve
        FROM counted_of(i.status, i.services, i.milestones) AS c
        WHERE k.issue = i.number;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER count_changed AFTER UPDATE ON issue
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_changed();

CREATE FUNCTION count_written() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    done bigint[] := ARRAY(SELECT DISTINCT issue FROM written WHERE touches(event, actor));
    noisy bigint[] := ARRAY(
        SELECT DISTINCT issue FROM written WHERE is_false_positive(event, detail)
    );
BEGIN
    IF done <> '{}' THEN
        UPDATE counted SET touched = true WHERE issue = ANY(done);
    END IF;
    IF noisy <> '{}' THEN
        UPDATE counted SET false_positive = true WHERE issue = ANY(noisy);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_written AFTER INSERT ON timeline REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION count_written();

CREATE FUNCTION count_breached() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    numbers bigint[] := ARRAY(SELECT DISTINCT issue FROM entered WHERE act = 'breached');
BEGIN
    IF numbers <> '{}' THEN
        UPDATE counted SET breached = true WHERE issue = ANY(numbers);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_breached AFTER INSERT ON clock_event REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION count_breached();

CREATE FUNCTION count_linked() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    numbers bigint[] := ARRAY(SELECT DISTINCT issue FROM linked WHERE kind = 'recurrence');
BEGIN
    IF numbers <> '{}' THEN
        UPDATE counted SET returned = true WHERE issue = ANY(numbers);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_linked AFTER INSERT ON link REFERENCING NEW TABLE AS linked
    FOR EACH STATEMENT EXECUTE FUNCTION count_linked();
CREATE TRIGGER link_append_only BEFORE UPDATE OR TRUNCATE ON link
    FOR EACH STATEMENT EXECUTE FUNCTION is_append_only();

-- What goes with what was let go of: the rows are locked first, so that the statement after that
-- sees what others wrote meanwhile.
CREATE FUNCTION count_again() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    numbers bigint[] := ARRAY(SELECT DISTINCT issue FROM gone);
BEGIN
    PERFORM FROM counted WHERE issue = ANY(numbers) ORDER BY issue FOR UPDATE;
    UPDATE counted AS k
    SET
        breached = EXISTS (
            SELECT FROM clock_event AS e WHERE e.issue = k.issue AND e.act = 'breached'
        ),
        false_positive = EXISTS (
            SELECT FROM timeline AS t
            WHERE t.issue = k.issue AND is_false_positive(t.event, t.detail)
        ),
        touched = EXISTS (
            SELECT FROM timeline AS t WHERE t.issue = k.issue AND touches(t.event, t.actor)
        ),
        returned = EXISTS (
            SELECT FROM link AS l WHERE l.issue = k.issue AND l.kind = 'recurrence'
        )
    WHERE k.issue = ANY(numbers);
    RETURN NULL;
END $$;
CREATE TRIGGER count_again AFTER DELETE ON timeline REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_again();
CREATE TRIGGER count_again AFTER DELETE ON clock_event REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_again();
CREATE TRIGGER count_again AFTER DELETE ON link REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_again();

-- Nothing looks for these any more.
DROP INDEX clock_event_breached, timeline_false_positive, timeline_touched, issue_opened;
