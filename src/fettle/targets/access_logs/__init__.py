"""What web servers write of each request: read fast, by format, and summed up by routes.

formats.py and json_lines.py make rows of lines, tally.py sums rows up, files.py finds what to read,
source.py is the Source.
"""
