"""Looking back: what a review says and when it is due, what came back, and the figures; pure."""
