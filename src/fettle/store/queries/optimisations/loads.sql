-- How the pages of a run were loaded: before, then after.
SELECT document
FROM optimisation_load
WHERE run = %(run)s
ORDER BY page, profile, moment DESC
