-- Which user is known by that name at an OpenID provider; they are seen there now.
UPDATE user_identity AS i
SET seen_at = %(now)s
FROM fettle_user AS u
WHERE i.issuer = %(issuer)s AND i.subject = %(subject)s AND u.id = i.user_id
RETURNING u.name
