-- Which user is known by that name at an OpenID provider.
SELECT u.name
FROM user_identity AS i
INNER JOIN fettle_user AS u ON i.user_id = u.id
WHERE i.issuer = %(issuer)s AND i.subject = %(subject)s
