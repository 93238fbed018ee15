INSERT INTO update_journal (about, at, event, detail)
VALUES (%(about)s, %(now)s, %(event)s, %(detail)s)
