-- Keep that looks are asked for. One that an issue waits for already stays, and is made anew where
-- the later wish is for that.
INSERT INTO investigation AS i (issue, target, why, asked_by, asked_at, anew, symptoms)
SELECT
    r.issue,
    r.target,
    r.why,
    r.by,
    %(now)s,
    r.anew,
    ARRAY(SELECT jsonb_array_elements_text(r.symptoms))
FROM jsonb_to_recordset(%(asked)s) AS r (
    issue bigint, target text, why text, by text, symptoms jsonb, anew boolean
)
ON CONFLICT (issue, target) WHERE state = 'waiting' DO UPDATE
SET anew = i.anew OR excluded.anew
