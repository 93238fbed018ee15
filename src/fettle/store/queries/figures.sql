-- What is in the store at this moment, in figures: what waits, what is open, who works. Each part
-- reads an index that holds little more than what is counted.
SELECT
    (SELECT count(*) FROM delivery WHERE state = 'waiting') AS deliveries_waiting,
    (SELECT count(*) FROM delivery WHERE state = 'dead') AS deliveries_dead,
    (SELECT count(*) FROM error_event WHERE key IS NULL AND dead IS NOT NULL) AS errors_dead,
    (SELECT count(*) FROM log_batch WHERE dead IS NOT NULL) AS log_batches_dead,
    (SELECT received_at FROM delivery WHERE state = 'waiting' ORDER BY id LIMIT 1)
        AS delivery_waits_since,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(o.severity, o.status, o.number)), '[]')
        FROM (
            SELECT severity, status, count(*) AS number
            FROM issue
            WHERE ended_at IS NULL
            GROUP BY severity, status
        ) AS o
    ) AS issues_open,
    (
        SELECT coalesce(jsonb_object_agg(b.clock, b.number), '{}')
        FROM (
            SELECT clock, sum(i.number) AS number
            FROM (
                SELECT broken, count(*) AS number
                FROM issue
                WHERE ended_at IS NULL AND broken <> '{}'
                GROUP BY broken
            ) AS i, unnest(i.broken) AS clock
            GROUP BY clock
        ) AS b
    ) AS clocks_breached,
    (SELECT count(*) FROM outbox WHERE state = 'waiting') AS outbox_waiting,
    (SELECT count(*) FROM outbox WHERE state = 'failed') AS outbox_failed,
    (SELECT min(due_at) FROM outbox WHERE state = 'waiting') AS outbox_due_since,
    (
        SELECT coalesce(jsonb_object_agg(r.state, r.number), '{}')
        FROM (
            SELECT state, count(*) AS number
            FROM run
            WHERE finished_at IS NULL
            GROUP BY state
        ) AS r
    ) AS runs,
    (
        SELECT coalesce(jsonb_object_agg(r.state, r.number), '{}')
        FROM (
            SELECT state, count(*) AS number
            FROM run
            WHERE finished_at > %(now)s - interval '1 day'
            GROUP BY state
        ) AS r
    ) AS runs_ended,
    (SELECT count(*) FROM timer WHERE done_at IS NULL AND try_at < %(now)s - interval '5 s')
        AS timers_overdue,
    (SELECT count(*) FROM worker WHERE seen_at >= clock_timestamp() - %(within)s::interval)
        AS workers
