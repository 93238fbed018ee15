-- Statements that take long, or take much of the time, from pg_stat_statements.
-- Only what is planned (SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES): utility statements keep
-- their literals, and are slow for reasons of their own. Time inside functions is counted with the
-- statement that called them too, so the whole is what was called from outside.
-- Versions: 13 on. Which those are is known from 14 on: where the view has no such column, its name
-- means the one around it, which says yes.
-- Degrades: without pg_read_all_stats other users' statements have no text.
with counted as (
    select called.*
    -- with its type: where this is a slow statement itself, the value is a parameter when it is planned
    from (values (true::boolean)) as before_14 (toplevel)
    cross join lateral (
        select
            s.queryid,
            s.userid,
            s.query,
            s.calls,
            s.total_exec_time as time,
            s.rows,
            toplevel
        from {pg_stat_statements}.pg_stat_statements as s
        where
            s.dbid = (select d.oid from pg_database as d where d.datname = current_database())
            and s.calls > 0
    ) as called
),

statements as (
    select
        queryid,
        min(query) as query,
        sum(calls)::bigint as calls,
        sum(time) as time,
        sum(rows)::bigint as rows,
        (array_agg(userid order by time desc))[1] as userid
    from counted
    group by queryid
)

select
    coalesce(queryid::text, 'hidden') as id,
    left(query, 10000) as query,
    pg_get_userbyid(userid)::text as "user",
    calls,
    rows,
    time / 1000 * interval '1 second' as total,
    time / calls / 1000 * interval '1 second' as mean,
    time / nullif((select sum(c.time) from counted as c where c.toplevel), 0) as share
from statements
where query ~* '^(\s|--[^\n]*\n|/\*([^*]|\*+[^*/])*\*+/|\()*(select|insert|update|delete|merge|with|values)\M'
order by mean desc
limit 500
