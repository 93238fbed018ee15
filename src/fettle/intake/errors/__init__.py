"""What applications' error libraries send: unpacked, read, bounded, scrubbed, joined to groups."""
