-- Let nobody else begin an act, stop or start all acting, before the transaction ends.
INSERT INTO solving AS s (one) VALUES (true)
ON CONFLICT (one) DO UPDATE SET one = s.one
RETURNING stopped_at, stopped_by, reason
