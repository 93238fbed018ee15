"""The steps that make a site faster; each file is one."""
