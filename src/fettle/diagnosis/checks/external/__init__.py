"""Checks of what others run, and a business depends on."""
