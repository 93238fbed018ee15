-- Whether the store is new enough to hold how pages were measured.
SELECT to_regclass('page_measure') IS NOT NULL AS is_there
