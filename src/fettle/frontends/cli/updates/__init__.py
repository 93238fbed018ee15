"""The commands of `fettle update`, a file for each; its name is the command's."""
