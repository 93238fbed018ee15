-- Keep a silence.
INSERT INTO silence (id, matchers, comment, starts_at, ends_at, created_by, created_at)
VALUES (
    %(id)s, %(matchers)s, %(comment)s, %(starts_at)s, %(ends_at)s, %(created_by)s, %(created_at)s
)
