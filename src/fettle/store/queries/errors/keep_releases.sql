-- Keep releases in the order in which they came; those that are known keep their places.
INSERT INTO error_release (project, release, first_seen)
SELECT n.project, n.release, n.first_seen
FROM unnest(%(project)s::uuid[], %(release)s::text[], %(first_seen)s::timestamptz[])
    WITH ORDINALITY AS n (project, release, first_seen, place)
WHERE NOT EXISTS (
    SELECT FROM error_release AS r WHERE r.project = n.project AND r.release = n.release
)
ORDER BY n.place
ON CONFLICT DO NOTHING
