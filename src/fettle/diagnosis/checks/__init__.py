"""The built-in checks, a folder for each category, a file for each check."""
