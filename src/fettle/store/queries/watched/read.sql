SELECT firing, missed, version FROM watched WHERE database = %(database)s
