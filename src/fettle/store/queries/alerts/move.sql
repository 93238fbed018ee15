-- Let alerts belong to another issue: these, or all of an issue.
UPDATE alert
SET issue = %(into)s
WHERE issue = %(issue)s AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))
RETURNING id
