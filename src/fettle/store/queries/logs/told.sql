-- How many signals of a log began since a moment, of those that go on.
SELECT count(*)::int AS number
FROM log_template
WHERE
    source = %(source)s
    AND (new_at > %(since)s OR rising_at > %(since)s OR vanished_at > %(since)s)
