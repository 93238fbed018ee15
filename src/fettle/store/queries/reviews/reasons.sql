-- Why an issue may be worth looking back at: it came back, or a person noticed it first.
SELECT
    EXISTS (SELECT FROM link WHERE issue = %(issue)s AND kind = 'recurrence')
    OR EXISTS (
        SELECT FROM timeline
        WHERE
            issue = %(issue)s
            AND event = 'reopened'
            AND detail ->> 'from' IN ('resolved', 'in-review', 'closed')
    ) AS came_back,
    coalesce(
        (
            SELECT document ->> 'kind' = 'report'
            FROM signal
            WHERE issue = %(issue)s AND firing
            ORDER BY id
            LIMIT 1
        ),
        false
    ) AS found_by_person
