-- Whether the store is new enough to hold how much servers of pages carry.
SELECT to_regclass('page_capacity') IS NOT NULL AS is_there
