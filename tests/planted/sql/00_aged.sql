-- The table whose transaction ids will be old: made first, so that it can be left behind.

create schema shop;
create table shop.aged (id bigint primary key);
insert into shop.aged select n from generate_series(1, 100) as n;
