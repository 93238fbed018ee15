-- Keep the known errors that fit bugs now; those that the caller has locked.
UPDATE error_group AS g
SET known = r.known
FROM jsonb_to_recordset(%(found)s) AS r (id bigint, known jsonb)
WHERE g.id = r.id
