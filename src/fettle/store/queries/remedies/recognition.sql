-- What is known of an issue's error.
SELECT issue, text, known, answered, matches, done_at FROM recognition WHERE issue = %(issue)s
