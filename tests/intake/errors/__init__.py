"""What applications' error libraries send is read, or refused with the place."""
