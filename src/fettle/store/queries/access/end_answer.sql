-- Keep what a request was answered.
UPDATE answered
SET status = %(status)s, body = %(body)s
WHERE actor = %(actor)s AND key = %(key)s
