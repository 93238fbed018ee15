"""Looks around a folder and this machine for what a first fettle.toml can be made of.

Nothing is changed, and nothing is called but a Prometheus on this machine itself. Values of
variables are read only to tell what they lead to, and go nowhere.
"""
