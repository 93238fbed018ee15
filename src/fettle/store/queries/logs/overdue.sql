-- Take the traces that nobody has gone on with.
DELETE FROM log_open AS o
USING log_source AS s
WHERE s.id = o.source AND o.at <= %(before)s
RETURNING o.source, s.name, o.lines, o.at
