-- Of which kind the signals of an alert are, as its latest one says.
SELECT document ->> 'kind' AS kind FROM signal WHERE alert = %(alert)s ORDER BY id DESC LIMIT 1
