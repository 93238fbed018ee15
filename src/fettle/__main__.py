"""`python -m fettle` is `fettle`."""

from fettle.main import run

# A process that Fettle starts beside itself imports this once more.
if __name__ == "__main__":
    run()
