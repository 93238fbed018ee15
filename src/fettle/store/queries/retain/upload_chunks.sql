-- Parts of bundles that never became whole.
WITH over AS (
    SELECT checksum
    FROM upload_chunk
    WHERE uploaded_at < %(before)s
    ORDER BY uploaded_at
    LIMIT least(%(limit)s, 50)
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM upload_chunk USING over WHERE upload_chunk.checksum = over.checksum RETURNING 1
)

SELECT count(*)::int AS number FROM gone
