"""Diagnosis: questions asked of targets, what they found, why, and what to do."""
