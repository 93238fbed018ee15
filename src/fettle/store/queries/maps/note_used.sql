-- Note that maps are used, once a day; those that somebody holds, the next time.
UPDATE source_map SET used_at = %(at)s
WHERE
    id IN (
        SELECT id FROM source_map
        WHERE id = ANY(%(ids)s) AND used_at < %(at)s - interval '1 day'
        FOR UPDATE SKIP LOCKED
    )
