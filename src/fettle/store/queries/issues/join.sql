-- Let issues take what has these keys from now on.
INSERT INTO joining (key, issue)
SELECT k.key, k.issue
FROM unnest(%(keys)s::text[], %(issues)s::bigint[]) AS k (key, issue)
ORDER BY k.key
ON CONFLICT (key) DO UPDATE SET issue = excluded.issue
