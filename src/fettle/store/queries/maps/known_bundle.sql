-- Whether all maps of a bundle are here for each of some projects.
SELECT count(*) = cardinality(%(projects)s::uuid[]) AS known
FROM source_bundle
WHERE
    project = ANY(%(projects)s) AND checksum = %(checksum)s
    AND release = %(release)s AND dist = %(dist)s
