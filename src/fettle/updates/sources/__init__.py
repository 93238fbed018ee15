"""The sources of updates that come along: each looks for newer versions of one kind of thing."""
