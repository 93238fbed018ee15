-- Who approves a planned time before it comes approves what it would do as it is written then.

ALTER TABLE task_approval ADD COLUMN procedure text NOT NULL DEFAULT '';
COMMENT ON COLUMN task_approval.procedure IS
    'What was approved, as a hash: what is edited meanwhile is not; empty where nobody knows';
