"""The few kinds of act that all fixes are made of; each returns Steps, and is pure."""
