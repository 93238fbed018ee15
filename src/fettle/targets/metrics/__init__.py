"""What metrics mean: from names and labels of the common exporters and libraries to readings.

A module knows one field (requests, machines, pools), and asks whatever has figures (figures.py): a
Prometheus, or what an application tells of itself at /metrics.
"""
