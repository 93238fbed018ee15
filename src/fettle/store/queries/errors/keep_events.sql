-- Keep events, in the order in which they came, and wake whoever takes them. One that is known by
-- its project and its id stays as it is: its sender had no answer, and has sent it again.
-- Bodies go in binary: as text each of their quotes would be escaped, which costs milliseconds. The
-- rest goes in one document, which costs a third of six arrays.
WITH kept AS (
    INSERT INTO error_event (
        project, event_id, received_at, at, release, environment, bytes, body
    )
    SELECT
        e.project, e.event_id, e.received_at, e.at, e.release, e.environment,
        octet_length(e.body), e.body
    FROM ROWS FROM (
        jsonb_to_recordset(%(events)s) AS (
            project uuid, event_id uuid, received_at timestamptz, at timestamptz, release text,
            environment text
        ),
        unnest(%(bodies)b::text[])
    ) WITH ORDINALITY
        AS e (project, event_id, received_at, at, release, environment, body, place)
    ORDER BY e.place
    ON CONFLICT (project, event_id) DO NOTHING
    RETURNING 1
)

SELECT count(*)::int AS number
FROM kept, pg_notify('fettle_error', '') AS woken
