"""The built-in fixes, a file for each."""
