"""Upkeep on its own clock: what tasks there are, and when each of them may run."""
