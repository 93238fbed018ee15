"""Certificates that are looked after: looked at where they are shown and kept, and renewed."""
