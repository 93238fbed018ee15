SELECT ask_at
FROM advice
WHERE run = %(run)s AND attempt = %(attempt)s
