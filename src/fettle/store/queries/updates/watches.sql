-- Watches over runs that were done: those of a machine that go on, or those of some runs.
SELECT
    w.run::text, r.number, r.project, w.before, w.every, r.finished_at + w.lasts AS until,
    w.looked_at, w.looks, w.worse, w.state, w.says
FROM update_watch AS w
JOIN update_run AS r ON r.id = w.run
WHERE
    r.finished_at IS NOT NULL
    AND (w.state <> 'watching' OR r.state IN ('done', 'undone'))
    AND (
        (w.state = 'watching' AND r.machine = %(machine)s)
        OR w.run = ANY (%(runs)s::uuid[])
    )
ORDER BY r.number
