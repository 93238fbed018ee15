-- Keep where a review stands; what people were told of a day that has changed is forgotten.
INSERT INTO review (
    issue, state, why, due_at, author, signed_by, signed_at, signed_version, version, changed_at
)
VALUES (
    %(issue)s, %(state)s, %(why)s, %(due_at)s, %(author)s, %(signed_by)s, %(signed_at)s,
    %(signed_version)s, %(version)s, %(changed_at)s
)
ON CONFLICT (issue) DO UPDATE SET
    state = excluded.state,
    why = excluded.why,
    due_at = excluded.due_at,
    author = excluded.author,
    signed_by = excluded.signed_by,
    signed_at = excluded.signed_at,
    signed_version = excluded.signed_version,
    version = excluded.version,
    changed_at = excluded.changed_at,
    told_at = CASE WHEN review.due_at IS NOT DISTINCT FROM excluded.due_at THEN review.told_at END
