-- What an issue is linked with: its own links, those to it, and what was merged into it.
SELECT kind, other AS issue FROM link WHERE issue = %(issue)s
UNION ALL
SELECT CASE kind WHEN 'related' THEN kind ELSE kind || '_back' END, issue
FROM link WHERE other = %(issue)s
UNION ALL
SELECT 'merged', number FROM issue WHERE merged_into = %(issue)s
ORDER BY 2
