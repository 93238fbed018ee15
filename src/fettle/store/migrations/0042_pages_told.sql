-- Pages that show how others are measured by the clock are told when that has ended.

CREATE TRIGGER tell_measured AFTER UPDATE ON run FOR EACH ROW
    WHEN (new.kind = 'pages' AND old.finished_at IS NULL AND new.finished_at IS NOT NULL)
    EXECUTE FUNCTION tell_changed('pages');
