"""The machine that looks: its processors, memory, disks and clock, by psutil and /proc.

In a container the limits are the container's (cgroups.py): what the machine has is not what one
may use.
"""
