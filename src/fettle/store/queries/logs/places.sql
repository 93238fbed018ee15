-- How far the files of a log on a machine were read.
SELECT file, path, head, head_bytes, place, read_at
FROM log_place
WHERE source = %(source)s AND machine = %(machine)s
ORDER BY read_at, file
