"""A Diagnosis in each format it is printed in: one file each, one function `write`."""
