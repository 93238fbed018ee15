"""What those who keep copies are given, and what they leave.

Each lists its copies, the newest first (`copies`), and proves one where it can without reading it
all (`proved`: True, None where it cannot, or it raises Damaged). Who keeps files says where one is
on this machine (`fetched`); who keeps clusters restores one into a place (`recovered`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fettle.errors import CannotLook
from fettle.settings.backups import BackupSettings

# In the words of ssh, Go, Python, pgBackRest, and what keeps objects.
_UNREACHED = (
    "connection refused",
    "connection reset",
    "connection closed by remote host",
    "could not resolve",
    "no such host",
    "name or service not known",
    "network is unreachable",
    "no route to host",
    "i/o timeout",
    "timed out",
    "dial tcp",
    "hostconnecterror",
    "permission denied (",
    "unable to start the sftp session",
    "access denied",
    "accessdenied",
    "access key",
    "($aws_",
    "signaturedoesnotmatch",
    "no credential",
    "get credentials failed",
    "401 unauthorized",
    "403 forbidden",
    "403 (forbidden)",
)


@dataclass(frozen=True)
class Means:
    """What it takes to ask who keeps copies."""

    settings: BackupSettings
    environ: Mapping[str, str] = field(repr=False)

    def refuse_unreached(self, said: str, last_words: str) -> None:
        """Raise CannotLook where a program that failed was not let in, or reached nobody.

        So it is where a variable is not there that it is to be given.
        """
        lacking = [name for name in self.settings.environment if name not in self.environ]
        if not lacking and not any(one in said.lower() for one in _UNREACHED):
            return
        remedy = "see that the network and the credentials let the worker in"
        if lacking:
            remedy = f"export {lacking[0]}=…"
        raise CannotLook(
            f"where {self.settings.name} is kept was not to be reached: {last_words}", remedy=remedy
        )


@dataclass(frozen=True)
class Recoverable:
    """A cluster that lies in its place.

    `settings` are what its server needs to recover, `variables` what the program is told that gets
    its log.
    """

    major: int
    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
