-- Say where groups were merged into, or that they stand by themselves again.
UPDATE error_group
SET merged_into = %(into)s, version = version + 1
WHERE id = ANY(%(ids)s)
