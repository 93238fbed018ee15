UPDATE rehearsal SET trials = trials || %(trial)s::jsonb WHERE id = %(id)s AND verdict IS NULL
