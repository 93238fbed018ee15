"""Checks of what an application does: how it answers, what it holds, what waits in it."""
