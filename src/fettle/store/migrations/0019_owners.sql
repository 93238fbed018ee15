-- Whose a token is: somebody with two of them signs no review that they have written themselves.
ALTER TABLE credential ADD COLUMN owner text CHECK (owner = lower(owner) AND owner <> '');
COMMENT ON COLUMN credential.owner IS 'Whose a token is, by their name in lower case; null: not said';

-- Say what changes of reviews and of what they promise; who reads one sees that it has changed.
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON review
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('review');
CREATE TRIGGER tell_saved AFTER INSERT OR UPDATE ON action_item
    FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('review');
CREATE TRIGGER tell_written AFTER INSERT ON review_version REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_issue_changed();
