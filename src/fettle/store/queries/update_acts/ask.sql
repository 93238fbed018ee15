INSERT INTO update_act (id, kind, project, updates, rehearsal, undoes, reason, hurry, actor, asked_at)
VALUES (
    %(id)s, %(kind)s, %(project)s, %(updates)s, %(rehearsal)s, %(undoes)s, %(reason)s, %(hurry)s,
    %(actor)s, %(asked_at)s
)
