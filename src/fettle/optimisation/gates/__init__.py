"""What lets a step through, or does not. Each gate is pure: what was seen in, objections out."""
