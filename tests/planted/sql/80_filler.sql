-- Healthy tables, three indexes each, for the size of it: `planted.filler` of them.

do $$
declare
    many constant int := current_setting('planted.filler')::int;
begin
    for n in 0 .. many - 1 loop
        if n % 100 = 0 then
            execute format('create schema filler_%s', n / 100);
        end if;
        execute format(
            'create table filler_%1$s.t%2$s (id bigint primary key, parent bigint, name text, '
            'at timestamptz)', n / 100, n
        );
        execute format('create index on filler_%1$s.t%2$s (parent, at)', n / 100, n);
        execute format('create index on filler_%1$s.t%2$s (name)', n / 100, n);
        execute format(
            'insert into filler_%1$s.t%2$s select k, k, k, now() from generate_series(1, 20) as k',
            n / 100, n
        );
        if n % 50 = 49 then
            commit;  -- each table holds locks until then
        end if;
    end loop;
end
$$;
