"""The outside: every connection that leaves Fettle starts in this room."""
