-- Workers that have shown no life for so long that nobody looks for them; they have no runs left.
DELETE FROM worker AS w
WHERE
    w.seen_at < clock_timestamp() - %(after)s::interval
    AND NOT EXISTS (SELECT FROM run AS r WHERE r.owner = w.id AND r.state = 'running')
