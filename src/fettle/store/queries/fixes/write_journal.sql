INSERT INTO journal (run, number, event, detail)
SELECT %(run)s, coalesce(max(number), 0) + 1, %(event)s, %(detail)s
FROM journal
WHERE run = %(run)s
