-- Of the targets that the same workers have looked at since a moment: how many, and which of them
-- gave no answer. Beside them those that answer again, and of which it is told that they do not.
SELECT
    count(*) FILTER (WHERE looked_at >= %(since)s)::int AS looked_at,
    coalesce(
        array_agg(target ORDER BY target)
            FILTER (WHERE looked_at >= %(since)s AND away_at IS NOT NULL),
        '{}'
    ) AS away,
    count(*) FILTER (
        WHERE away_at IS NULL
            AND EXISTS (
                SELECT FROM jsonb_object_keys(firing) AS k (key)
                WHERE split_part(k.key, ':', 1) = ANY(%(unanswered)s)
            )
    )::int AS answering
FROM watched
WHERE "on" IS NOT DISTINCT FROM %(on)s AND status IS NOT NULL
