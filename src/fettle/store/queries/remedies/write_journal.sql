-- Append to the journal of an attempt.
INSERT INTO remedy_journal (attempt, number, event, detail)
SELECT %(attempt)s, coalesce(max(number), 0) + 1, %(event)s, %(detail)s
FROM remedy_journal
WHERE attempt = %(attempt)s
