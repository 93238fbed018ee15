-- An alert knows what its source said of when it began, though that was still to come by our clock:
-- the same start told again, after its end, is no other time.

ALTER TABLE alert ADD COLUMN told_start timestamptz;
COMMENT ON COLUMN alert.told_start IS 'When it began last by the clock of its source';
