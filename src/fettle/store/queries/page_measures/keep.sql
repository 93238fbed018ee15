INSERT INTO page_measure (
    page, profile, machine, service, at, actor, figures, weights, document
)
VALUES (
    %(page)s, %(profile)s, %(machine)s, %(service)s, %(at)s, %(actor)s, %(figures)s,
    %(weights)s, %(document)s
)
RETURNING id
