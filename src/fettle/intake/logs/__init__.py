"""Logs: any text, a line each; what lines have in common, and what of it is new or gone."""
