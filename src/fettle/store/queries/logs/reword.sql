-- Keep what templates say by now.
UPDATE log_template AS t
SET
    words = r.words,
    text = r.text,
    level = greatest(t.level, r.level),
    bad = t.bad OR r.bad,
    raised = t.raised OR r.raised
FROM unnest(
    %(id)s::bigint[], %(words)s::jsonb[], %(text)s::text[], %(level)s::smallint[],
    %(bad)s::boolean[], %(raised)s::boolean[]
) AS r (id, words, text, level, bad, raised)
WHERE t.id = r.id
