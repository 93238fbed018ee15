-- Keep new templates; their ids, in the order in which they are given.
WITH kept AS (
    INSERT INTO log_template (source, words, text, example, level, bad, raised, first_at, last_at)
    SELECT %(source)s, t.words, t.text, t.example, t.level, t.bad, t.raised, t.at, t.at
    FROM unnest(
        %(words)s::jsonb[], %(text)s::text[], %(example)s::text[], %(level)s::smallint[],
        %(bad)s::boolean[], %(raised)s::boolean[], %(at)s::timestamptz[]
    ) WITH ORDINALITY AS t (words, text, example, level, bad, raised, at, place)
    ORDER BY t.place
    RETURNING id
)

SELECT id FROM kept ORDER BY id
