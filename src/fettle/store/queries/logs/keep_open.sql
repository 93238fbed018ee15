-- Keep lines of a trace that may go on.
INSERT INTO log_open (id, source, lines, at) VALUES (%(id)s, %(source)s, %(lines)s, %(at)s)
