"""Fettle keeps the systems a business runs on in good order: it looks, it mends, it proves it."""

__version__ = "0.1.0"
