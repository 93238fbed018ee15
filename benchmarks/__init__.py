"""Measurements against named peers; each writes its section of RESULTS.md."""
