-- Issues are listed by service, and the planner has to know how rare one is: with the usual sample
-- it takes a service that few issues name for one that many do, and reads the whole table.
ALTER TABLE issue ALTER COLUMN services SET STATISTICS 1000;

-- A team has its own share of each status: taken for independent, a status that a team has none of
-- looks frequent, and the whole table is read for it.
CREATE STATISTICS issue_status_of_team (mcv, dependencies) ON status, team FROM issue;
