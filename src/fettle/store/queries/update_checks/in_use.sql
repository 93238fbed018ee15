SELECT lists_all, told FROM update_in_use WHERE "check" = %(check)s
