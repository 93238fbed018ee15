-- Collations that have changed under their indexes. Which library there is depends on the build.
-- `planted.provider` is icu or builtin (17 on); before 15 the database's own version is not kept.

do $$
begin
    if current_setting('planted.provider') = 'builtin' then
        create collation shop.german (provider = builtin, locale = 'C.UTF-8');
        create collation shop.no_index (provider = builtin, locale = 'C.UTF-8');
        create collation shop.steady (provider = builtin, locale = 'C.UTF-8');
    else
        create collation shop.german (provider = icu, locale = 'de');
        create collation shop.no_index (provider = icu, locale = 'fr');
        create collation shop.steady (provider = icu, locale = 'sv');
    end if;
end
$$;
create table shop.words_of_german (
    word text collate shop.german primary key, other text collate shop.steady
);
insert into shop.words_of_german select 'w' || n, 'w' || n from generate_series(1, 100) as n;
create index words_of_german_other_idx on shop.words_of_german (other);
update pg_collation set collversion = '0.1'
where oid in ('shop.german'::regcollation, 'shop.no_index'::regcollation);
do $$
begin
    if current_setting('server_version_num')::int >= 150000 then
        update pg_database set datcollversion = '0.1' where datname = current_database();
    end if;
end
$$;
