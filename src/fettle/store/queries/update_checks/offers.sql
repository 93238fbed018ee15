-- Updates as people read them: security first, the worst of it first, then by name.
SELECT told, project, accepted, first_seen, last_seen, gone_at
FROM update_offer
WHERE
    (gone_at IS NULL OR %(gone)s)
    AND (%(ids)s::text[] IS NULL OR id = ANY (%(ids)s))
    AND (%(type)s::text IS NULL OR type = %(type)s)
    AND (%(worst)s::int IS NULL OR worst >= %(worst)s)
    AND (%(ecosystem)s::text IS NULL OR ecosystem = %(ecosystem)s)
    AND (%(project)s::text IS NULL OR project = %(project)s)
    AND (%(package)s::text IS NULL OR package = %(package)s)
    AND (%(held)s::boolean IS NULL OR held = %(held)s)
    AND (
        %(cursor)s::text IS NULL
        OR (type <> 'security', -worst, package, place, id)
        > (
            SELECT a.type <> 'security', -a.worst, a.package, a.place, a.id
            FROM update_offer AS a
            WHERE a.id = %(cursor)s
        )
    )
ORDER BY (type <> 'security'), (-worst), package, place, id
LIMIT %(limit)s
