-- Which of these files are followed, on whichever machine: by their paths, and their inodes there.
SELECT path, file
FROM log_place
WHERE path = ANY(%(paths)s::text[])
