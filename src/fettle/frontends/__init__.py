"""The faces: command line and reports."""
