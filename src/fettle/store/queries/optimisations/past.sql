-- Runs as lists have them, the latest first: what they came to, without their steps.
SELECT
    id, root, machine, actor, status, started_at, ended_at, undone_at,
    document -> 'urls' AS urls,
    document -> 'improvement' AS improvement,
    (document ->> 'changed')::boolean AS changed,
    (document ->> 'verified')::boolean AS verified,
    document ->> 'reason' AS reason,
    jsonb_array_length(
        jsonb_path_query_array(document, '$.recommendations[*] ? (@.step != null)')
    ) AS left_to_people,
    jsonb_array_length(
        jsonb_path_query_array(document, '$.optimisations[*] ? (@.outcome == "kept")')
    ) AS kept
FROM optimisation
WHERE
    (%(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s::text[]))
    AND (%(root)s::text IS NULL OR root = %(root)s::text)
    AND (
        %(after)s::text IS NULL
        OR (started_at, id) < (SELECT started_at, id FROM optimisation WHERE id = %(after)s::text)
    )
ORDER BY started_at DESC, id DESC
LIMIT %(limit)s
