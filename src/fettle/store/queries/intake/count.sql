-- Add to what was counted today. A reason can hold what others wrote, and be another each time:
-- beyond a hundred a day, for what one source's deliveries came to, new ones are counted as one.
WITH noted AS (
    SELECT
        (now() AT TIME ZONE 'UTC')::date AS day,
        n.hook, n.vendor, n.outcome, left(n.reason, 200) AS reason, sum(n.number) AS number
    FROM unnest(
        %(hook)s::text[], %(vendor)s::text[], %(outcome)s::text[], %(reason)s::text[],
        %(number)s::bigint[]
    ) AS n (hook, vendor, outcome, reason, number)
    GROUP BY 1, 2, 3, 4, 5
),

placed AS (
    SELECT
        noted.*,
        known.reason IS NOT NULL AS is_known,
        row_number() OVER (
            PARTITION BY noted.hook, noted.vendor, noted.outcome, known.reason IS NULL
            ORDER BY noted.reason
        ) AS place,
        (
            SELECT count(*)
            FROM intake_count AS c
            WHERE
                c.day = noted.day AND c.hook = noted.hook
                AND c.vendor = noted.vendor AND c.outcome = noted.outcome
        ) AS before
    FROM noted
    LEFT JOIN intake_count AS known USING (day, hook, vendor, outcome, reason)
)

INSERT INTO intake_count AS c (day, hook, vendor, outcome, reason, number)
SELECT
    day, hook, vendor, outcome,
    CASE
        WHEN is_known OR reason = '' OR before + place <= 100 THEN reason
        ELSE 'other reasons'
    END,
    sum(number)
FROM placed
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (day, hook, vendor, outcome, reason) DO UPDATE SET number = c.number + excluded.number
