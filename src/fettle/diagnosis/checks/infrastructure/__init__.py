"""Checks of what applications run on: machines, what tells of them, what is before them."""
