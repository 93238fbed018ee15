-- End a silence now; one that has not begun has been one for no time at all. No row when it is
-- over, or there is none.
UPDATE silence
SET
    starts_at = least(starts_at, %(now)s - interval '1 microsecond'),
    ends_at = %(now)s
WHERE id = %(id)s AND ends_at > %(now)s
RETURNING id, matchers, comment, starts_at, ends_at, created_by, created_at
