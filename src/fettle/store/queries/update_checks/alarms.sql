SELECT key, title FROM update_alarm ORDER BY key
