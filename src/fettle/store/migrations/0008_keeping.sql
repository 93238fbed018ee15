-- What counting what goes on, and letting go of what is over, need.

-- A delivery outlives the key it came with, once that was revoked and is forgotten. It names it.
ALTER TABLE delivery DROP CONSTRAINT delivery_credential_fkey;
COMMENT ON COLUMN delivery.credential IS 'The key it came with, which may have been forgotten since';

CREATE INDEX outbox_failed ON outbox (created_at) WHERE state = 'failed';
CREATE INDEX outbox_over ON outbox (created_at) WHERE state <> 'waiting';
CREATE INDEX run_unfinished ON run (state) WHERE finished_at IS NULL;
CREATE INDEX run_finished ON run (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX clock_event_breached ON clock_event (issue, clock) WHERE act = 'breached';
CREATE INDEX diagnosis_age ON diagnosis (started_at);
CREATE INDEX issue_ended ON issue (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX alert_over ON alert (id) WHERE issue IS NULL AND NOT firing;
