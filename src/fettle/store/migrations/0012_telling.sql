-- What is told is told in its order, by who shows life: see worker.

ALTER TABLE outbox
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN taken_by uuid,
    DROP COLUMN taken_until;
COMMENT ON COLUMN outbox.number IS 'The order in which things were said';
COMMENT ON COLUMN outbox.taken_by IS
    'The worker that hands it over; nobody else does, as long as that one shows life';
CREATE INDEX outbox_waiting ON outbox (issue, receiver, number) WHERE state = 'waiting';
