-- When the newest error that waits to be recognised was asked about; null when none waits.
SELECT max(asked_at) AS asked_at FROM recognition WHERE done_at IS NULL
