"""Run every benchmark, or those named."""

import sys

from benchmarks import check_postgres, cost_to_target, intake, issue_list, start_up, triage

ALL = {
    "start_up": start_up.main,
    "check_postgres": check_postgres.main,
    "cost_to_target": cost_to_target.main,
    "triage": triage.main,
    "intake": intake.main,
    "issue_list": issue_list.main,
}

for name in sys.argv[1:] or ALL:
    ALL[name]()
