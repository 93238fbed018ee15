-- A number that is another one after each change of the decisions.
SELECT coalesce(sum(revision), 0) AS basis FROM decision
