-- A run was taken back, or was cut off; one that has ended otherwise already is left as it is.
UPDATE optimisation
SET
    status = %(status)s,
    ended_at = coalesce(ended_at, %(now)s),
    undone_at = CASE WHEN %(status)s = 'undone' THEN %(now)s ELSE undone_at END,
    document = document || jsonb_build_object(
        'status', %(status)s::text, 'reason', %(reason)s::text, 'changed', %(status)s = 'done'
    )
WHERE id = %(id)s AND status = ANY(%(from)s)
RETURNING id
