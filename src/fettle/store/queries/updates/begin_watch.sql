-- Have a run watched from its end on, where it ends well.
INSERT INTO update_watch (run, before, every, lasts)
VALUES (%(run)s, %(before)s, %(every)s, %(lasts)s)
ON CONFLICT DO NOTHING
