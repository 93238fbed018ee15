UPDATE review SET told_at = %(now)s WHERE issue = ANY(%(issues)s)
