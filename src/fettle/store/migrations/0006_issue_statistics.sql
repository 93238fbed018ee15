-- Issues are listed by service, and the planner has to know how rare one is: with the usual sample
-- it takes a service that few issues name for one that many do, and reads the whole table.
ALTER TABLE issue ALTER COLUMN services SET STATISTICS 1000;
