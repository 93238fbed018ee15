-- Statements that take long, or take much of the time, from pg_stat_statements.
-- Only what is planned (SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES): utility statements keep
-- their literals, and are slow for reasons of their own.
-- Versions: 13, which does not count evictions of the least used statements.
-- Degrades: without pg_read_all_stats other users' statements have no text.
with statements as (
    select
        s.queryid,
        min(s.query) as query,
        sum(s.calls)::bigint as calls,
        sum(s.total_exec_time) as total,
        sum(s.rows)::bigint as rows
    from {pg_stat_statements}.pg_stat_statements as s
    where s.dbid = (select d.oid from pg_database as d where d.datname = current_database())
    group by s.queryid
)

select
    coalesce(queryid::text, 'hidden') as id,
    left(query, 10000) as query,
    calls,
    rows,
    total / 1000 * interval '1 second' as total,
    total / calls / 1000 * interval '1 second' as mean,
    total / nullif(sum(total) over (), 0) as share,
    null::bigint as evictions
from statements
where calls > 0 and query ~* '^\s*(/\*.*?\*/\s*)*(select|insert|update|delete|merge|with|values|\()'
order by total / calls desc
limit 500
