-- The project of a name, or of the name as those tools write it that take no other letters.
SELECT id, number
FROM error_project
WHERE
    name = %(name)s
    OR trim(BOTH '-' FROM lower(regexp_replace(name, '[^a-zA-Z0-9]+', '-', 'g'))) = %(name)s
ORDER BY name = %(name)s DESC, number
LIMIT 1
