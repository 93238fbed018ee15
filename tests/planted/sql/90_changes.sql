-- After everything was vacuumed and analysed: what has changed since.

-- a quarter and more is dead; 91_counts.sql lets the statistics know
delete from shop.bloated where id % 8 < 3;
delete from "Odd.Schema"."Bloated, too" where id % 2 = 0;
delete from shop.breathing where id % 6 = 0;
delete from shop.small_and_dead where id % 2 = 0;

-- more than twice autovacuum's trigger, and more than 10,000
insert into shop.stale select n, 'x' from generate_series(5001, 30000) as n;
insert into shop.filled select n, 'x' from generate_series(1, 15000) as n;
update shop.fresh set what = 'y' where id <= 11000;
