-- Keep how far files were read.
INSERT INTO log_place (source, machine, file, path, head, head_bytes, place, read_at)
SELECT
    %(source)s, %(machine)s, p.file, p.path, p.head, p.head_bytes, p.place, %(now)s
FROM unnest(
    %(file)s::text[], %(path)s::text[], %(head)s::bytea[], %(head_bytes)s::integer[],
    %(place)s::bigint[]
) AS p (file, path, head, head_bytes, place)
ON CONFLICT (source, machine, file) DO UPDATE
SET
    path = excluded.path,
    head = excluded.head,
    head_bytes = excluded.head_bytes,
    place = excluded.place,
    read_at = excluded.read_at
