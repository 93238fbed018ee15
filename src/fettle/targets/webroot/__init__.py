"""A web root on this machine: copied, put in its place all at once, and taken back."""
