-- A picture of a run, to be shown.
SELECT media, content
FROM optimisation_shot
WHERE run = %(run)s AND id = %(id)s
