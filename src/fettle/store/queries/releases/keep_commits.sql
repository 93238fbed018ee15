-- Keep the commits of a release.
INSERT INTO release_commit (project, release, place, id, author, at, message, files)
SELECT
    %(project)s, %(release)s, n.place, n.id, n.author, n.at, n.message,
    ARRAY(SELECT jsonb_array_elements_text(n.files))
FROM jsonb_to_recordset(%(commits)s) AS n (
    place int, id text, author text, at timestamptz, message text, files jsonb
)
