-- Indexes that are in the way, and those that only look so.

-- index_unused: large, and never read.
create index orders_note_idx on shop.orders (note);
create table "Odd.Schema"."Stock ""now""" (id bigint primary key, "Größe, cm" text collate "C");
insert into "Odd.Schema"."Stock ""now""" select n, shop.words(n) from generate_series(1, 30000) as n;
-- 63 bytes, the longest name there is: dots, spaces, quotes, upper case and other scripts
create index "Über.den ""Bestand"" 在庫索引 ελληνικά Жилищи0"
on "Odd.Schema"."Stock ""now""" ("Größe, cm");

-- controls: large and never read, but each there for a reason
create unique index orders_reference_key on shop.orders (reference);
create index orders_label_code_idx on shop.orders (label_code) with (deduplicate_items = off);
create table shop.mirrored (id bigint primary key, code text collate "C" not null);
insert into shop.mirrored select n, shop.words(n) from generate_series(1, 30000) as n;
create unique index mirrored_code_identity on shop.mirrored (code);
alter table shop.mirrored replica identity using index mirrored_code_identity;
create table shop.archive (reference text collate "C");
insert into shop.archive select shop.words(n) from generate_series(1, 30000) as n;
alter table shop.archive add primary key (reference);
create table shop.journal (
    day date not null, entry text collate "C" not null
) partition by range (day);
create table shop.journal_2025 partition of shop.journal
for values from ('2025-01-01') to ('2026-01-01');
create table shop.journal_2026 partition of shop.journal
for values from ('2026-01-01') to ('2027-01-01');
insert into shop.journal
select date '2025-01-01' + n % 700, shop.words(n) from generate_series(1, 60000) as n;
alter table shop.journal add primary key (day, entry);
create index journal_entry_idx on shop.journal (entry);
-- controls: small; and read
create index orders_total_small_idx on shop.orders (total) where total > 990;
create index mirrored_code_read_idx on shop.mirrored (code, id);
set enable_seqscan = off;
set enable_bitmapscan = off;
select id from shop.mirrored where code = shop.words(7) and id = 7;
select id from shop.mirrored where code > shop.words(7) order by code, id limit 1;

-- index_duplicate: of each pair the one is kept that a constraint or a rule needs. Where either would
-- do, the one to keep is both the one that was read and the first by name: whoever decides by
-- either agrees.
create index customers_id_copy on shop.customers (id);
create unique index customers_email_unique on shop.customers (email);
create index customers_email_again on shop.customers (email);
create index customers_lower_name_idx on shop.customers (lower(name));
create index customers_name_hash_idx on shop.customers using hash (name);
create table "倉庫"."棚.一" (id bigint primary key, "列" int, "段" int);
insert into "倉庫"."棚.一" select n, n, n % 10 from generate_series(1, 500) as n;
create index "Shelf." on "倉庫"."棚.一" ("段" nulls first);
-- read while there is only one of them to read
select id from shop.customers where lower(name) = 'customer 7';
select id from shop.customers where name = 'Customer 7';
select id from "倉庫"."棚.一" order by "段" nulls first limit 3;
create index customers_lower_name_idx_again on shop.customers   (  lower( name )  );
create index customers_name_hash_idx_again on shop.customers using hash (name);
create index "Shelf. ""again""" on "倉庫"."棚.一" ("段" nulls first);

-- index_redundant: the beginning of a longer one.
create index orders_customer_id_idx on shop.orders (customer_id);
create index orders_customer_id_created_at_idx on shop.orders (customer_id, created_at);
create index "Orders state" on shop.orders (state, total) where state <> 'done';
create index "Orders state, total, when" on shop.orders (state, total, created_at) where state <> 'done';
create index "棚の索引" on "倉庫"."棚.一" ("列");
create index "棚の長い索引" on "倉庫"."棚.一" ("列", "段");

-- controls: pairs that look alike, one pair a column (each first one is also not redundant)
create table shop.catalog (
    id bigint primary key,
    partial_one int, partial_two int, collated text, included int, included_more int, expressed text,
    pattern text, descending int, nulls int, hashed int, ranged int, pinned int not null,
    pinned_more int, tagged int[], ruled int unique, ruled_more int, swapped_a int, swapped_b int,
    during int4range
);
insert into shop.catalog
select n, n, n, n, n, n, n, n, n, n, n, n, n, n, array[n], n, n, n, n, int4range(n, n + 1)
from generate_series(1, 500) as n;
create index catalog_partial_plain on shop.catalog (partial_one);
create index catalog_partial_some on shop.catalog (partial_one) where partial_two > 400;
create index catalog_partial_longer on shop.catalog (partial_one, partial_two) where partial_two < 90;
create index catalog_collated_default on shop.catalog (collated);
create index catalog_collated_posix on shop.catalog (collated collate "POSIX");
create index catalog_included on shop.catalog (included) include (ruled_more);
create index catalog_included_longer on shop.catalog (included, included_more);
create index catalog_lower on shop.catalog (lower(expressed));
create index catalog_upper on shop.catalog (upper(expressed));
create index catalog_expressed on shop.catalog (expressed);
create index catalog_pattern on shop.catalog (pattern text_pattern_ops);
create index catalog_pattern_default on shop.catalog (pattern);
create index catalog_ascending on shop.catalog (descending);
create index catalog_descending on shop.catalog (descending desc, id);
create index catalog_nulls_last on shop.catalog (nulls);
create index catalog_nulls_first on shop.catalog (nulls nulls first);
create index catalog_btree on shop.catalog (hashed);
create index catalog_hash on shop.catalog using hash (hashed);
create index catalog_brin on shop.catalog using brin (hashed);
create index catalog_gin on shop.catalog using gin (tagged);
create index catalog_tagged on shop.catalog (tagged);
create unique index catalog_pinned_identity on shop.catalog (pinned);
create index catalog_pinned_longer on shop.catalog (pinned, pinned_more);
alter table shop.catalog replica identity using index catalog_pinned_identity;
create index catalog_ruled_longer on shop.catalog (ruled, ruled_more);
create index catalog_swapped_ab on shop.catalog (swapped_a, swapped_b);
create index catalog_swapped_ba on shop.catalog (swapped_b, swapped_a);
alter table shop.catalog add constraint catalog_during_excl exclude using gist (during with &&);
reset enable_seqscan;
reset enable_bitmapscan;

-- index_invalid: the tables; what leaves the indexes broken needs a second session (invalid.py).
create table shop.broken (id bigint primary key, twice int not null, once int not null);
insert into shop.broken select n, n % 100, n from generate_series(1, 1000) as n;
create index broken_half_dropped on shop.broken (once, id);
create table "Odd.Schema"."Broken.too" (id bigint primary key, "Code" int not null);
insert into "Odd.Schema"."Broken.too" select n, n from generate_series(1, 1000) as n;
