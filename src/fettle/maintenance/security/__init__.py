"""The look for known weaknesses: what was told is judged, covered, and reported."""
