"""Where advisories are published: a server that speaks OSV's API, folders and archives."""
