"""What a piece of trouble is, how soon it must be worked on, and who is told."""
