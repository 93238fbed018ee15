"""Logs that are rotated on this machine: by logrotate, and what lies beside them afterwards."""
