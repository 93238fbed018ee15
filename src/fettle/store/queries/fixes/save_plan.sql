-- Keep a plan. As long as it waits, what was decided about it stands; one that was declined or
-- applied waits again.
WITH before AS (
    SELECT id
    FROM plan
    WHERE id = %(id)s AND state IN ('declined', 'taken')
    FOR UPDATE
),

again AS (
    UPDATE plan
    SET
        state = 'waiting',
        created_at = now(),
        created_by = %(created_by)s,
        decided_by = NULL,
        decided_at = NULL,
        reason = NULL,
        document = %(document)s
    FROM before
    WHERE plan.id = before.id
    RETURNING plan.id
)

INSERT INTO plan (id, fix, target, subject, created_by, document)
SELECT %(id)s, %(fix)s, %(target)s, %(subject)s, %(created_by)s, %(document)s
WHERE NOT EXISTS (SELECT FROM again)
ON CONFLICT (id) DO UPDATE SET created_at = now(), document = excluded.document
