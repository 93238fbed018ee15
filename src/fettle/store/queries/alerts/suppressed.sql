-- Alerts that go on and have no issue, after one of them, each with what its source last said.
SELECT a.id, s.document
FROM alert AS a
CROSS JOIN LATERAL (
    SELECT document FROM signal WHERE alert = a.id AND firing ORDER BY id DESC LIMIT 1
) AS s
WHERE a.firing AND a.issue IS NULL AND a.id > %(after)s
ORDER BY a.id
LIMIT %(limit)s
