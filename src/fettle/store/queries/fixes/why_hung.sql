SELECT plan, why FROM issue_plan WHERE issue = %(issue)s
