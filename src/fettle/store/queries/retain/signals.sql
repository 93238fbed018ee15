-- Signals of long ago. Of an alert that goes on, or whose issue is worked on, those stay that opened it,
-- joined it or ended it, and the last that says that it fires: that one is looked at again when a
-- silence ends. What only repeated it may go.
WITH over AS (
    SELECT s.id
    FROM signal AS s
    JOIN alert AS a ON a.id = s.alert
    LEFT JOIN issue AS i ON i.number = s.issue
    WHERE
        s.at < %(before)s
        AND (
            (
                NOT a.firing
                AND NOT a.flapping
                AND (
                    s.issue IS NULL
                    OR i.ended_at IS NOT NULL
                    OR (i.status IN ('resolved', 'in-review') AND i.changed_at < %(before)s)
                )
            )
            OR (
                s.outcome NOT IN ('opened', 'joined', 'resolved')
                AND EXISTS (
                    SELECT FROM signal AS later
                    WHERE later.alert = s.alert AND later.firing AND later.id > s.id
                )
            )
        )
    ORDER BY s.at
    LIMIT %(limit)s
    FOR UPDATE OF s SKIP LOCKED
),

gone AS (
    DELETE FROM signal USING over WHERE signal.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
