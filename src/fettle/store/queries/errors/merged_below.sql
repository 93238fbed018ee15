-- The groups that were merged into a group, or into one of those, and into which.
WITH RECURSIVE below AS (
    SELECT id, merged_into FROM error_group WHERE merged_into = %(id)s
    UNION
    SELECT g.id, g.merged_into FROM error_group AS g JOIN below AS b ON g.merged_into = b.id
)

SELECT id, merged_into FROM below
