-- Forget what says nothing any more about how often the model is asked.
DELETE FROM advice
WHERE run IN (SELECT run FROM advice WHERE taken_at < %(before)s)
