-- How many filters somebody keeps.
SELECT count(*) AS kept FROM saved_filter WHERE owner = %(owner)s
