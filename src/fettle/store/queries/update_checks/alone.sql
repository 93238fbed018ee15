-- Let nobody else keep a look for updates until the transaction ends; no other has this number.
SELECT pg_advisory_xact_lock(847040)
