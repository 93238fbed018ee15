-- Stop all acting, or start it again; the caller has locked the row.
UPDATE solving SET stopped_at = %(at)s, stopped_by = %(by)s, reason = %(reason)s
