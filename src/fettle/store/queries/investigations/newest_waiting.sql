SELECT coalesce(max(id), 0) AS id FROM investigation WHERE target = %(target)s AND state = 'waiting'
