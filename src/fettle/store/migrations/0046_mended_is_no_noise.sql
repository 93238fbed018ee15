-- What a remedy of Fettle's mended is no noise: it was trouble, and something was done about it.

CREATE OR REPLACE FUNCTION touches(event text, actor text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT
    $1 = 'remedy-helped'
    OR (
        $1 IN ('note', 'assigned', 'held', 'reclassified', 'resolved', 'reopened')
        AND $2 ~ '^(cli|token|user|link):[^/]*$'
    )
$$;
COMMENT ON COLUMN counted.touched IS
    'Whether a person wrote anything in its timeline, or a remedy helped';
UPDATE counted
SET touched = true
WHERE NOT touched AND issue IN (SELECT issue FROM timeline WHERE event = 'remedy-helped');
