"""What the stages do for one another: looking and mending, and the way of a signal."""
