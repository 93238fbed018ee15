-- The ledger of some issues' clocks, in order.
SELECT issue, clock, at, act, target, hours, reason
FROM clock_event
WHERE issue = ANY(%(issues)s)
ORDER BY issue, id
