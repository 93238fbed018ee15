"""The payloads of those who send alerts, a module for each; its name is that of its door.

Each has `read(posted: Posted) -> Mapped` (fettle.intake.mapping), and reads its vendor's payload as
that vendor sends it. There is no second list of them: the package is walked.
"""
