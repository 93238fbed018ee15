-- What of an issue a language model is asked to put into words, and has not yet. Few runs are
-- unfinished, and those have an index.
SELECT DISTINCT input ->> 'wording' AS wording
FROM run
WHERE finished_at IS NULL AND name = 'word' AND input ->> 'issue' = %(issue)s::bigint::text
