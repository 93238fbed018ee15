-- The shop's database, with troubles of the kinds that Fettle finds and mends. It is run once, by the
-- role that owns it all, in a new database of PostgreSQL 18.
-- An index that nobody reads, two that are the same, a foreign key without an index and one that was
-- never validated, a table that is never vacuumed by itself, a sequence near its end, and a search
-- that reads a whole table.
CREATE TABLE customer (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mail text NOT NULL
);

CREATE TABLE orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer int NOT NULL,
    placed timestamptz NOT NULL,
    note text
);

CREATE TABLE visit (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session text NOT NULL,
    page text NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE cart_event (at timestamptz, what text) WITH (autovacuum_enabled = off);

CREATE SEQUENCE invoice_number AS smallint;

SELECT setval('invoice_number', 31000);

INSERT INTO customer (mail)
SELECT 'c' || n || '@example.org' FROM generate_series(1, 2000) AS n;

INSERT INTO orders (customer, placed, note)
SELECT 1 + n % 2000, now() - n * interval '7 minutes', md5(n::text)
FROM generate_series(1, 60000) AS n;

INSERT INTO visit (session, page, at)
SELECT md5((n / 5)::text), '/products/' || n % 900, now() - n * interval '11 seconds'
FROM generate_series(1, 250000) AS n;

INSERT INTO cart_event (at, what)
SELECT now() - n * interval '1 minute', 'added' FROM generate_series(1, 5000) AS n;

ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customer NOT VALID;

CREATE INDEX orders_placed ON orders (placed);

CREATE INDEX orders_placed_again ON orders (placed);

CREATE INDEX orders_note ON orders (note);

CREATE INDEX visit_at ON visit (at)
