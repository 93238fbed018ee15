-- Tables without a primary key, tables that autovacuum does not care for, and their near misses.

create table shop.loose (at timestamptz, what text);
insert into shop.loose select now(), 'x' from generate_series(1, 1000);
create table "Odd.Schema"."No ""key""." (code int not null);
insert into "Odd.Schema"."No ""key""." select n from generate_series(1, 50) as n;
create unique index "No key, but unique" on "Odd.Schema"."No ""key""." (code);

-- controls: empty; unlogged; a view with rows of its own; the partitions above
create table shop.empty_log (at timestamptz, what text);
create unlogged table shop.scratch (id bigint primary key, what text);
insert into shop.scratch select n, 'x' from generate_series(1, 12000) as n;
create materialized view shop.totals as
select customer_id, sum(total) as total from shop.orders group by customer_id;
create unique index totals_customer_id_key on shop.totals (customer_id);

-- autovacuum_disabled
create table shop.unswept (id bigint primary key, what text) with (autovacuum_enabled = off);
insert into shop.unswept select n, 'x' from generate_series(1, 1000) as n;
create table "倉庫"."未掃除" (id bigint primary key) with (autovacuum_enabled = false);
insert into "倉庫"."未掃除" select n from generate_series(1, 100) as n;
-- control: said aloud that it is on
create table shop.swept (id bigint primary key) with (autovacuum_enabled = on, fillfactor = 90);
insert into shop.swept select n from generate_series(1, 1000) as n;

-- table_bloat: dead rows come in 90_changes.sql
create table shop.bloated (id bigint primary key, what text) with (autovacuum_enabled = off);
insert into shop.bloated select n, 'x' from generate_series(1, 40000) as n;
create table "Odd.Schema"."Bloated, too" (id bigint primary key, what text);
insert into "Odd.Schema"."Bloated, too" select n, 'x' from generate_series(1, 40000) as n;
-- controls: a sixth is dead; nearly all of it is, of next to nothing
create table shop.breathing (id bigint primary key, what text);
insert into shop.breathing select n, 'x' from generate_series(1, 70000) as n;
create table shop.small_and_dead (id bigint primary key, what text);
insert into shop.small_and_dead select n, 'x' from generate_series(1, 2000) as n;

-- statistics_stale: changes come in 90_changes.sql
create table shop.stale (id bigint primary key, what text);
insert into shop.stale select n, 'x' from generate_series(1, 5000) as n;
create table shop.filled (id bigint primary key, what text);
-- control
create table shop.fresh (id bigint primary key, what text);
insert into shop.fresh select n, 'x' from generate_series(1, 70000) as n;

-- slow_queries: no index helps who looks for a visitor. Wide, so that reading it takes time.
create table shop.visits (id bigint primary key, visitor int not null, page text);
insert into shop.visits select n, n % 5000, shop.words(n) from generate_series(1, 30000) as n;

-- What the sessions wait for.
create table shop.stock (id int primary key, amount int not null);
insert into shop.stock select n, 100 from generate_series(1, 20) as n;
create table shop.ledger (id int primary key, amount int not null);
insert into shop.ledger select n, 100 from generate_series(1, 20) as n;
create table shop.reviews (id int primary key, stars int not null);
insert into shop.reviews select n, n % 5 from generate_series(1, 100) as n;
alter table shop.stock owner to app;
alter table shop.ledger owner to app;
alter table shop.reviews owner to app;
grant select, insert, update, delete on all tables in schema shop to app;
