"""Checks of a PostgreSQL database."""
