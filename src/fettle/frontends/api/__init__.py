"""The documented API under /api/v1, and the doors through which signals come."""
