"""Updates: what is on offer, what is worth taking, and whether it proved itself."""
