INSERT INTO action_item (issue, title, owner, team, due, created_at, created_by, changed_at)
VALUES (
    %(issue)s, %(title)s, %(owner)s, %(team)s, %(due)s, %(created_at)s, %(created_by)s,
    %(changed_at)s
)
RETURNING id
