-- Reserve the next moment at which a language model may be asked: never more than `most` times
-- within `span`. Without one by `latest` it is not asked.
WITH freed AS (
    SELECT ask_at + %(span)s::interval AS at
    FROM advice
    WHERE ask_at IS NOT NULL
    ORDER BY ask_at DESC
    OFFSET %(most)s::int - 1
    LIMIT 1
),

free AS (
    SELECT greatest(%(earliest)s::timestamptz, (SELECT at FROM freed)) AS at
)

INSERT INTO advice (run, attempt, issue, ask_at)
SELECT %(run)s, %(attempt)s, %(issue)s, CASE WHEN at <= %(latest)s::timestamptz THEN at END
FROM free
ON CONFLICT (run, attempt) DO NOTHING
