"""Backups of PostgreSQL: where they lie, whether they are whole, and restored for a look."""
