-- The latest releases of a project are asked for with every error; those of long ago go.

CREATE INDEX error_release_latest ON error_release (project, place);
