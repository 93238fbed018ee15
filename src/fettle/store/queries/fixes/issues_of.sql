SELECT issue FROM issue_plan WHERE plan = %(plan)s ORDER BY issue
