-- Keep what a person decided otherwise than triage.
INSERT INTO correction (issue, at, actor, text, said, corrected)
VALUES (%(issue)s, %(at)s, %(actor)s, %(text)s, %(said)s, %(corrected)s)
