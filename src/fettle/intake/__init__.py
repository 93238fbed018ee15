"""Intake: what arrives from outside becomes Signals, and Signals become Issues."""
