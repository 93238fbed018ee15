"""The tasks that Fettle brings along: a file for each, found like any other package's."""
