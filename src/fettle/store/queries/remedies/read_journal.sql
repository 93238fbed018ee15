-- The journal of an attempt, the oldest entry first.
SELECT at, event, detail FROM remedy_journal WHERE attempt = %(attempt)s ORDER BY number
