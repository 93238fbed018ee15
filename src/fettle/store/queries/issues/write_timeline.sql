-- Write down what happened to issues, in this order.
INSERT INTO timeline (issue, at, actor, event, text, detail)
SELECT r.issue, r.at, r.actor, r.event, r.text, r.detail
FROM jsonb_to_recordset(%(entries)s) AS r (
    place int, issue bigint, at timestamptz, actor text, event text, text text, detail jsonb
)
ORDER BY r.place
