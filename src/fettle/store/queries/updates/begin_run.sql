-- Begin a run; nothing begins while another one of the project goes on, nor a second undoing.
INSERT INTO update_run (
    id, rehearsal, machine, project, path, how, base, commit, updates, actor, without_rehearsal, undoes,
    started_at
)
VALUES (
    %(id)s, %(rehearsal)s, %(machine)s, %(project)s, %(path)s, %(how)s, %(base)s, %(commit)s, %(updates)s,
    %(actor)s, %(without_rehearsal)s, %(undoes)s, %(now)s
)
ON CONFLICT DO NOTHING
RETURNING number
