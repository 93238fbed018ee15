"""The commands, a file for each; its name is the command's."""
