-- For which findings of a look a plan was sought: another issue may want others.
ALTER TABLE snapshot ADD COLUMN planned_for text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN snapshot.planned_for IS 'The findings for which a plan was sought, refused or not';
