-- Whether all acting was stopped; no row while nothing ever acted.
SELECT stopped_at, stopped_by, reason FROM solving
