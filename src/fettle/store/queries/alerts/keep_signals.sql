-- Keep what was said, and what came of it, in this order.
INSERT INTO signal (delivery, alert, issue, at, firing, outcome, why, document)
SELECT r.delivery, r.alert, r.issue, r.at, r.firing, r.outcome, r.why, r.document
FROM jsonb_to_recordset(%(signals)s) AS r (
    place int, delivery bigint, alert bigint, issue bigint, at timestamptz, firing boolean,
    outcome text, why text, document jsonb
)
ORDER BY r.place
