-- Keep what is in use as a look saw it; what an earlier one saw goes.
WITH before AS (
    DELETE FROM update_in_use WHERE "check" <> %(check)s
)

INSERT INTO update_in_use ("check", lists_all, told)
VALUES (%(check)s, %(lists_all)s, %(told)s)
ON CONFLICT DO NOTHING
