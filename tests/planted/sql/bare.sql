-- A second database, without the extension, and with nothing else to find.

create table things (id bigint primary key, name text);
insert into things select n, 'x' from generate_series(1, 100) as n;
analyze things;
