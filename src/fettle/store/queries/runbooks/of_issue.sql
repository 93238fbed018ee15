SELECT number, name, text, at FROM runbook WHERE issue = %(issue)s ORDER BY number
