-- Keep how templates stand.
UPDATE log_template AS t
SET
    new_at = s.new_at, rising_at = s.rising_at, usual = s.usual, vanished_at = s.vanished_at,
    muted_at = s.muted_at, muted_by = s.muted_by
FROM unnest(
    %(id)s::bigint[], %(new_at)s::timestamptz[], %(rising_at)s::timestamptz[], %(usual)s::bigint[],
    %(vanished_at)s::timestamptz[], %(muted_at)s::timestamptz[], %(muted_by)s::text[]
) AS s (id, new_at, rising_at, usual, vanished_at, muted_at, muted_by)
WHERE t.id = s.id
