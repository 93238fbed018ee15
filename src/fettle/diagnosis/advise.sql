-- Tables, by schemas and names that go in pairs, with what it takes to judge an index on them: rows,
-- each column's values and kind, and what is indexed already.
-- Versions: 13 on. Degrades: of tables that the role may not read, how many values a column has is
-- not known. Rows are the last analyze's or the counters', whichever are more.
with wanted as (
    select
        t.oid, t.relname, t.relnamespace, t.relispartition, n.nspname,
        greatest(t.reltuples::bigint, pg_stat_get_live_tuples(t.oid), 0)::float8 as rows
    from unnest(%(schemas)s::text[], %(tables)s::text[]) as named (nspname, relname)
    join pg_namespace as n on n.nspname = named.nspname
    join pg_class as t on t.relnamespace = n.oid and t.relname = named.relname
    where t.relkind in ('r', 'm') and t.relpersistence <> 't'
),

-- given as constants, for the view takes no other condition into itself
known as (
    select s.schemaname, s.tablename, s.attname, s.n_distinct, s.avg_width
    from pg_stats as s
    where s.tablename = any (%(tables)s::name[]) and not s.inherited
),

columns as (
    select
        w.oid,
        array_agg(a.attname::text order by a.attnum) as names,
        array_agg(format('%%I', a.attname) order by a.attnum) as quoted,
        array_agg(a.attnum::int order by a.attnum) as numbers,
        array_agg(
            (case when s.n_distinct < 0 then -s.n_distinct * w.rows else s.n_distinct end)::float8
            order by a.attnum
        ) as distinct,
        -- a varchar is compared as text without being changed; a char(n) is not
        array_agg(y.typname in ('text', 'varchar') order by a.attnum) as strings,
        -- an entry of a B-tree has at most 2,704 bytes; shapes and documents have no order
        array_agg(
            y.typcategory <> 'G'
            and y.typname not in ('json', 'jsonb', 'xml')
            and coalesce(s.avg_width, 0) <= 1000
            order by a.attnum
        ) as fitting
    from wanted as w
    join pg_attribute as a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
    join pg_type as y on y.oid = a.atttypid
    left join known as s
        on s.schemaname = w.nspname and s.tablename = w.relname and s.attname = a.attname
    group by w.oid
)

select
    w.nspname::text as schema,
    w.relname::text as name,
    format('%%I.%%I', w.nspname, w.relname) as table,
    w.rows,
    w.relispartition as partition,
    c.names, c.quoted, c.numbers, c.distinct, c.strings, c.fitting,
    array(
        select array_to_string((i.indkey::int2[])[0:i.indnkeyatts - 1], ',')
        from pg_index as i
        join pg_class as x on x.oid = i.indexrelid
        join pg_am as m on m.oid = x.relam
        where
            i.indrelid = w.oid and i.indisvalid and i.indisready and i.indpred is null
            and m.amname = 'btree'
    ) as indexed,
    array(
        select x.relname::text
        from pg_class as x
        where x.relnamespace = w.relnamespace and starts_with(x.relname, left(w.relname, 20))
    ) as taken,
    current_setting('random_page_cost')::float8 as page_cost
from wanted as w
join columns as c on c.oid = w.oid
