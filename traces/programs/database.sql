-- SPDX-License-Identifier: MulanPSL-2.0
-- A database with a large irregular footprint, to be captured: tables and indexes in random key
-- order, then joins, ranges and updates by random keys. Input of the sqlite3 shell, in memory.
PRAGMA cache_size = -200000;
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, region INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, amount INTEGER, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
INSERT INTO customer SELECT (i * 2654435761) % 4294967291, 'customer number ' || i, i % 25 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 240000)
INSERT INTO orders
SELECT (i * 40503 + 77) % 16777213,
       ((i * 7919) % 60000 + 1) * 2654435761 % 4294967291,
       (i * 131) % 9973,
       'order of some size with a note of words ' || i
FROM n;
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX orders_amount ON orders (amount, id);
SELECT region, count(*), sum(amount) FROM orders JOIN customer ON customer.id = orders.customer
GROUP BY region ORDER BY region LIMIT 3;
SELECT count(*), sum(length(note)) FROM orders WHERE amount BETWEEN 1000 AND 1400;
UPDATE orders SET amount = amount + 1
WHERE customer IN (SELECT id FROM customer WHERE region = 7);
SELECT c.name, count(*) AS n FROM customer c JOIN orders o ON o.customer = c.id
WHERE c.region = 3 GROUP BY c.id ORDER BY n DESC, c.name LIMIT 3;
