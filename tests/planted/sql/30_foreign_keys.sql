-- Foreign keys without an index, foreign keys that were never validated, and their near misses.

create table shop.order_lines (id bigint primary key, order_id bigint not null, amount int);
insert into shop.order_lines select n, n, n % 7 from generate_series(1, 12000) as n;
alter table shop.order_lines
add constraint order_lines_order_id_fkey foreign key (order_id) references shop.orders (id);

create table shop.coupons (id bigint primary key, customer_id bigint references shop.customers (id));
insert into shop.coupons select n, n from generate_series(1, 500) as n;

-- Seemingly covered: by a partial index, and by one that has the column in second place.
create table shop.returns (
    id bigint primary key, order_id bigint references shop.orders (id), reason text
);
insert into shop.returns select n, n, 'r' from generate_series(1, 20000) as n;
create index returns_order_id_partial on shop.returns (order_id) where reason = 'broken';
create table shop.ratings (id bigint primary key, customer_id bigint references shop.customers (id), stars int);
insert into shop.ratings select n, 1 + n % 2000, n % 5 from generate_series(1, 15000) as n;
create index ratings_stars_customer_id_idx on shop.ratings (stars, customer_id);

-- Covered by an index that will be invalid (invalid.py).
create table shop.shipments (id bigint primary key, order_id bigint references shop.orders (id));
insert into shop.shipments select n, n from generate_series(1, 11000) as n;

create table "Odd.Schema"."Kisten & Körbe" (
    "Nr." bigint primary key,
    "in Stück" bigint constraint "Kiste ""in"" Stück" references "Odd.Schema"."Stock ""now""" (id)
);
insert into "Odd.Schema"."Kisten & Körbe" select n, n from generate_series(1, 10000) as n;

-- Two columns, of which an index covers only one.
create table shop.price_lists (country text, product int, primary key (country, product));
insert into shop.price_lists select 'DE', n from generate_series(1, 100) as n;
create table shop.prices (
    id bigint primary key, country text, product int, price numeric,
    constraint prices_list_fkey foreign key (country, product)
    references shop.price_lists (country, product)
);
insert into shop.prices select n, 'DE', 1 + n % 100, n from generate_series(1, 10500) as n;
create index prices_country_idx on shop.prices (country, price);

-- controls: covered, each in its own way
create table shop.covered (
    id bigint primary key,
    order_id bigint references shop.orders (id),
    hashed bigint references shop.customers (id),
    ruled bigint unique references shop.customers (id),
    country text, product int, self bigint references shop.covered (id),
    constraint covered_list_fkey foreign key (country, product)
    references shop.price_lists (country, product)
);
insert into shop.covered
select n, n, 1 + n % 2000, case when n < 2000 then n end, 'DE', 1 + n % 100, n
from generate_series(1, 12000) as n;
create index covered_order_id_idx on shop.covered (order_id, country) include (hashed);
create index covered_hashed_idx on shop.covered using hash (hashed);
create index covered_product_country_idx on shop.covered (product, country, hashed);
create index covered_self_idx on shop.covered (self desc nulls last);
-- the key itself, and an empty table
create table shop.order_notes (order_id bigint primary key references shop.orders (id), note text);
insert into shop.order_notes select n, 'note' from generate_series(1, 12000) as n;
create table shop.empty_lines (id bigint primary key, order_id bigint references shop.orders (id));
-- a partitioned table, whose partitions inherit both the key and its index
create table shop.payments (
    day date, order_id bigint references shop.orders (id), primary key (day, order_id)
) partition by range (day);
create table shop.payments_old partition of shop.payments for values from (minvalue) to ('2026-01-01');
create table shop.payments_new partition of shop.payments for values from ('2026-01-01') to (maxvalue);
create index payments_order_id_idx on shop.payments (order_id);
insert into shop.payments
select date '2025-12-01' + n % 60, n from generate_series(1, 15000) as n;

-- foreign_key_not_validated: with rows that break it, and without.
create table shop.gifts (id bigint primary key, customer_id bigint, order_id bigint);
insert into shop.gifts select n, n + 1950, n from generate_series(1, 100) as n;
create index gifts_customer_id_idx on shop.gifts (customer_id);
create index gifts_order_id_idx on shop.gifts (order_id);
alter table shop.gifts
add constraint gifts_customer_id_fkey foreign key (customer_id) references shop.customers (id) not valid,
add constraint gifts_order_id_fkey foreign key (order_id) references shop.orders (id) not valid;
create table "倉庫"."贈り物" (id bigint primary key, "客" bigint);
insert into "倉庫"."贈り物" select n, n from generate_series(1, 10) as n;
create index "贈り物の客" on "倉庫"."贈り物" ("客");
alter table "倉庫"."贈り物"
add constraint "客の外部キー" foreign key ("客") references shop.customers (id) not valid;
