-- Say which file of a release a map is of; a later upload takes the place of one before.
INSERT INTO source_map_file (project, release, dist, file, base, map)
VALUES (%(project)s, %(release)s, %(dist)s, %(file)s, %(base)s, %(map)s)
ON CONFLICT (project, release, dist, file) DO UPDATE SET map = excluded.map
