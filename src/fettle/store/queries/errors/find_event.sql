-- An event of a group, with the ids of those before and after it.
SELECT
    e.id, e.event_id, e.received_at, e.body,
    (
        SELECT b.event_id
        FROM error_event AS b
        JOIN error_group_key AS bk ON bk.id = b.key
        WHERE bk.error_group = k.error_group AND b.id < e.id
        ORDER BY b.id DESC
        LIMIT 1
    ) AS earlier,
    (
        SELECT a.event_id
        FROM error_event AS a
        JOIN error_group_key AS ak ON ak.id = a.key
        WHERE ak.error_group = k.error_group AND a.id > e.id
        ORDER BY a.id
        LIMIT 1
    ) AS later
FROM error_event AS e
JOIN error_group_key AS k ON k.id = e.key
WHERE e.project = %(project)s AND e.event_id = %(event_id)s AND k.error_group = %(group)s
