-- Keep why a batch could not be learnt, unless so many of those are kept already.
UPDATE log_batch
SET dead = %(reason)s
WHERE
    id = %(id)s
    AND (SELECT count(*) FROM log_batch AS b WHERE b.dead IS NOT NULL) < %(most)s
RETURNING id
