"""A site that looks like one at work: for screenshots, and for snapshots of its pages."""
