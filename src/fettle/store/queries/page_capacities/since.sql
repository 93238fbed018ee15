-- How much the servers of pages carried, of those that were tried since a moment the latest.
SELECT
    page,
    at,
    (document #>> '{throughput,capacity}')::float AS carried,
    (document #>> '{throughput,current}')::float AS asked,
    document #>> '{throughput,by}' AS by,
    (document ->> 'at_least')::boolean AS at_least
FROM page_capacity
WHERE at >= %(since)s
ORDER BY at DESC, page
LIMIT 500
