-- The pictures of a run without their contents, in the order in which they were shown.
SELECT id, kind, page, profile, moment AS "when", at_ms, media, width, height
FROM optimisation_shot
WHERE run = %(run)s
ORDER BY page, profile, kind, moment DESC, at_ms, id
