-- Keep how a run ended; of one that stranded also that it is back after all. `was` is its state
-- before that.
UPDATE update_run AS r
SET
    state = %(state)s,
    verified = %(verified)s,
    says = %(says)s,
    pull_request = coalesce(%(pull_request)s, r.pull_request),
    before = coalesce(%(before)s, r.before),
    after = coalesce(%(after)s, r.after),
    finished_at = %(now)s
FROM (SELECT id, state FROM update_run WHERE id = %(id)s FOR UPDATE) AS was
WHERE r.id = was.id AND was.state IN ('running', 'stranded')
RETURNING r.undoes, was.state AS was
