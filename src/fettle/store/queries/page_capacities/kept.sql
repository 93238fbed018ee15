-- How much the servers of pages carried when that was tried last: of some pages, or since a moment,
-- the latest first.
SELECT
    page,
    at,
    (document #>> '{throughput,capacity}')::float AS carried,
    (document #>> '{throughput,current}')::float AS asked,
    document #>> '{throughput,by}' AS by,
    (document ->> 'at_least')::boolean AS at_least
FROM page_capacity
WHERE
    (%(pages)s::text[] IS NULL OR page = ANY(%(pages)s))
    AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
ORDER BY at DESC, page
LIMIT %(limit)s
