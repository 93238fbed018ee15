UPDATE plan SET state = 'taken' WHERE id = %(id)s
