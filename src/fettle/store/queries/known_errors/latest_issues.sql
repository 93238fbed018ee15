-- Issues whose error was recognised, the latest first: those that go on, or all.
SELECT k.issue, i.title, k.text, k.known, k.answered
FROM recognition AS k
JOIN issue AS i ON i.number = k.issue
WHERE k.done_at IS NOT NULL AND (NOT %(live)s OR i.ended_at IS NULL)
ORDER BY k.issue DESC
LIMIT %(limit)s
