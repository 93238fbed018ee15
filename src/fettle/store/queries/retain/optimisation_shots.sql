-- Pictures of optimisations that ended long ago; what those came to stays.
WITH over AS (
    SELECT optimisation_shot.id
    FROM optimisation_shot
    JOIN optimisation ON optimisation.id = optimisation_shot.run
    WHERE coalesce(optimisation.ended_at, optimisation.started_at) < %(before)s
    ORDER BY optimisation_shot.id
    LIMIT %(limit)s
    FOR UPDATE OF optimisation_shot SKIP LOCKED
),

gone AS (
    DELETE FROM optimisation_shot USING over WHERE optimisation_shot.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
