-- Whose a token is, as far as that is known: as was said when it was made; else whose name it has,
-- else who made it, where those are of people: who log in, or are of a team. Of several tokens that
-- were called so, the one in use.
WITH person (name) AS (
    SELECT name FROM fettle_user
    UNION
    SELECT lower(name) FROM unnest(%(members)s::text[]) AS m (name)
)

SELECT
    coalesce(
        c.owner,
        (SELECT p.name FROM person AS p WHERE p.name = lower(c.name)),
        (
            SELECT p.name FROM person AS p
            WHERE p.name = lower(substring(c.created_by FROM '^(?:user|cli):(.*)$'))
        )
    ) AS owner
FROM credential AS c
WHERE c.kind = 'token' AND c.name = %(name)s
ORDER BY c.revoked_at IS NOT NULL, c.created_at DESC
LIMIT 1
