-- Which deliveries were proved to come from who is said to have sent them.

ALTER TABLE delivery ADD COLUMN proved boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN delivery.proved IS 'Whether it was proved who sent it; only some vendors sign';
