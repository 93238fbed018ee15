-- Take lines of a trace that are gone on from; none where somebody else has.
DELETE FROM log_open WHERE id = %(id)s RETURNING id
