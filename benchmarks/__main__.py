"""Run every benchmark, or those named."""

import sys

from benchmarks import check_postgres, cost_to_target, start_up, triage

ALL = {
    "start_up": start_up.main,
    "check_postgres": check_postgres.main,
    "cost_to_target": cost_to_target.main,
    "triage": triage.main,
}

for name in sys.argv[1:] or ALL:
    ALL[name]()
