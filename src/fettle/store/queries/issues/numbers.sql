-- Give out the numbers of issues that are about to be kept.
SELECT nextval(pg_get_serial_sequence('issue', 'number')) AS number
FROM generate_series(1, %(many)s)
