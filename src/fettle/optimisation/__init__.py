"""Pages: measured, held against what was promised, and what would make them faster."""
