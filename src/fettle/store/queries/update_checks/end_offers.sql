UPDATE update_offer SET gone_at = %(at)s WHERE id = ANY (%(ids)s) AND gone_at IS NULL
