-- Set the entries of the audit log of requests to when these are told to have been made.
-- The log is append-only, which a trigger sees to; here it is the log of a made-up shop, by a role
-- that may pass triggers by. PostgreSQL 15 on.
UPDATE audit
SET at = told.at
FROM unnest(%(requests)s::text[], %(moments)s::timestamptz[]) AS told (request, at)
WHERE audit.request = told.request
