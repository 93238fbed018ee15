"""How people log in: passwords, second factors, links, and what a browser carries meanwhile."""
