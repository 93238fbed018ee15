-- Whether the store is new enough to hold how pages were for people.
SELECT to_regclass('field_day') IS NOT NULL AS is_there
