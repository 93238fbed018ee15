"""Triage: how bad a piece of trouble is, what kind it is, and what is promised about it."""
