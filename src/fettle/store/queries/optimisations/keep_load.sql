-- How a page of a run was loaded, before or after.
INSERT INTO optimisation_load (run, page, profile, moment, document)
VALUES (%(run)s, %(page)s, %(profile)s, %(moment)s, %(document)s)
