-- What a rehearsal or a run did, the oldest first.
SELECT at, event, detail FROM update_journal WHERE about = %(about)s ORDER BY id
