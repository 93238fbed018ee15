-- Give a waiting step the oldest event of its key that nobody was given, and end the step with it.
-- No row: the run is not ours. How many events it was sent is read from the statement's snapshot, as
-- the events are: the locked row may be newer, and count one that was not looked at.
WITH held AS (
    SELECT id
    FROM run
    WHERE id = %(run)s AND fence = %(fence)s AND state = 'running'
    FOR UPDATE
),

given AS (
    SELECT e.id, e.payload
    FROM run_event AS e
    INNER JOIN held ON e.run = held.id
    WHERE e.key = %(key)s AND (e.step IS NULL OR e.step = %(name)s)
    ORDER BY e.step NULLS LAST, e.id
    LIMIT 1
),

marked AS (
    UPDATE run_event SET step = %(name)s FROM given WHERE run_event.id = given.id
),

ended AS (
    UPDATE step
    SET
        state = 'done',
        result = given.payload,
        fence = %(fence)s,
        wake_at = NULL,
        finished_at = %(now)s
    FROM given
    WHERE step.run = %(run)s AND step.name = %(name)s
)

SELECT run.signals, given.id IS NOT NULL AS found, given.payload
FROM held
INNER JOIN run ON run.id = held.id
LEFT JOIN given ON true
