"""`python -m fettle` is `fettle`."""

from fettle.main import run

run()
