-- A picture of a page of a run.
INSERT INTO optimisation_shot
(run, kind, page, profile, moment, at_ms, media, width, height, content)
VALUES (
    %(run)s, %(kind)s, %(page)s, %(profile)s, %(moment)s, %(at_ms)s, %(media)s, %(width)s,
    %(height)s, %(content)s
)
