"""Run every benchmark, or those named, each in a process of its own."""

import subprocess
import sys

# In a process of its own, because what a child is said to use begins with what its parent uses.
ALL = (
    "start_up",
    "check_postgres",
    "cost_to_target",
    "triage",
    "logs",
    "causes",
    "access_logs",
    "intake",
    "errors",
    "hostile",
    "known_errors",
    "probes",
    "issue_list",
    "pages",
    "service_page",
    "truth",
    "calendar",
    "vitals",
    "optimise",
    "updates",
    "backups",
)

for name in sys.argv[1:] or ALL:
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
