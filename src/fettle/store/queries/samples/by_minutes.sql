-- What was measured between two moments, summed up over steps of time, from samples of five minutes.
SELECT
    b.series,
    array_agg(b.step ORDER BY b.step) AS at,
    array_agg(b.least ORDER BY b.step) AS least,
    array_agg(b.mean ORDER BY b.step) AS mean,
    array_agg(b.most ORDER BY b.step) AS most,
    array_agg(b.number ORDER BY b.step) AS number
FROM (
    SELECT
        s.series,
        extract(epoch FROM date_bin(%(step)s, s.at, '1970-01-01 00:00+00'))::bigint AS step,
        min(s.least) AS least, max(s.most) AS most,
        sum(s.total) / sum(s.number) AS mean, sum(s.number)::bigint AS number
    FROM sample AS s
    WHERE
        s.series = ANY(%(series)s::bigint[])
        AND s.at >= %(since)s
        AND s.at < %(until)s
    GROUP BY 1, 2
) AS b
GROUP BY b.series
