-- Enter what happened to issues' clocks into the ledger, in this order.
INSERT INTO clock_event (issue, clock, at, act, target, hours, reason)
SELECT r.issue, r.clock, r.at, r.act, r.target, r.hours, r.reason
FROM jsonb_to_recordset(%(events)s) AS r (
    place int, issue bigint, clock text, at timestamptz, act text, target text, hours text,
    reason text
)
ORDER BY r.place
