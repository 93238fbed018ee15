-- An alert knows what was judged of it, and how bad that was: what it says next may be worse.

ALTER TABLE alert ADD COLUMN judged smallint;
ALTER TABLE alert ADD COLUMN said text NOT NULL DEFAULT '';
