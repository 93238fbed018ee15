"""Resolution: cures that are planned, allowed, journalled, verified and undoable."""
