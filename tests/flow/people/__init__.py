"""Tests of how people log in."""
