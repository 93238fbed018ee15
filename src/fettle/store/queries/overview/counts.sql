-- How many issues are open, by priority, and how many of them nobody has taken.
SELECT priority, count(*) AS open, count(*) FILTER (WHERE acknowledged_by IS NULL) AS untaken
FROM issue
WHERE ended_at IS NULL AND status <> ALL('{resolved,in-review}')
GROUP BY priority
