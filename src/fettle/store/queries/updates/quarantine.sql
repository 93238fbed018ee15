-- Hold a version that made a project worse; one that is held already stays so.
INSERT INTO update_quarantine (
    "update", project, path, ecosystem, package, version, reason, run, at
)
VALUES (
    %(update)s, %(project)s, %(path)s, %(ecosystem)s, %(package)s, %(version)s, %(reason)s, %(run)s,
    %(now)s
)
ON CONFLICT DO NOTHING
