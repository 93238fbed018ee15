SELECT body FROM delivery WHERE id = %(id)s
