"""Sources that ask web servers: sites, status pages and registries of domains."""
