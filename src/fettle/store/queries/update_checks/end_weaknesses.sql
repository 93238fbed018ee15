UPDATE update_weakness SET gone_at = %(at)s WHERE key = ANY (%(keys)s) AND gone_at IS NULL
