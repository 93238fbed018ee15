-- How many attempts there were since a moment: of a name, of a client, or of both; and the first.
SELECT count(*)::int AS number, min(at) AS first
FROM log_in_attempt
WHERE
    at > %(since)s
    AND (%(name)s::bytea IS NULL OR name = %(name)s)
    AND (%(client)s::text IS NULL OR client = %(client)s)
