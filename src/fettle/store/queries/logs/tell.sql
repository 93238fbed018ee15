-- Say of which logs anything came since that was said last.
WITH told AS (
    UPDATE log_source SET told_version = version
    WHERE told_version <> version
    RETURNING id
)

SELECT pg_notify('fettle_changed', 'log ' || id) FROM told
