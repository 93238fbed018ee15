-- Lines of logs that could not be learnt are kept, as other dead letters are, and can be replayed.

ALTER TABLE log_batch ADD COLUMN dead text;
COMMENT ON COLUMN log_batch.dead IS 'Why they were not learnt: a mistake in Fettle; null: they wait';
