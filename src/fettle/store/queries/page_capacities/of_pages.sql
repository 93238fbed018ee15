-- How much the servers of pages carried when that was tried last.
SELECT
    page,
    at,
    (document #>> '{throughput,capacity}')::float AS carried,
    (document #>> '{throughput,current}')::float AS asked,
    document #>> '{throughput,by}' AS by,
    (document ->> 'at_least')::boolean AS at_least
FROM page_capacity
WHERE page = ANY(%(pages)s)
