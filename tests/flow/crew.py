"""Fettle as it runs: servers and workers in processes of their own, to be killed and frozen."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.frontends.cli.going_on import GoingOn

UP = "Fettle is up"
AT_WORK = "The worker is at work"
_DIED_WITHIN_S = 15.0
_THAWED_WITHIN_S = 5.0


@dataclass
class Hurt:
    """From when until when, by `time.monotonic`, a member was not well.

    Who is frozen when it has just begun to hand something over ends it soon after it is thawed.
    """

    since: float
    until: float = math.inf


@dataclass
class Member:
    """One server or worker. Its settings are its own, so that what it hands over shows who did.

    `hurt` says when it was killed, or frozen. `fresh`: its process has imported nothing yet when it
    starts.
    """

    name: str
    folder: Path
    arguments: Sequence[str]
    fresh: bool = False
    process: "subprocess.Popen[bytes] | GoingOn | None" = None
    hurt: list[Hurt] = field(default_factory=list)
    frozen: bool = False

    @property
    def log(self) -> Path:
        """What it has said since it was last started."""
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Start it."""
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        if not self.fresh:
            self.process = GoingOn(*self.arguments, cwd=self.folder, environ=environ, log=self.log)
            return
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fettle", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environ,
            )

    @property
    def is_up(self) -> bool:
        """Whether it has said so since it was started."""
        said = self.log.read_text(errors="replace")
        return UP in said or AT_WORK in said

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, though nobody killed it."""
        return self.process is not None and self.process.poll() is not None

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        now = time.monotonic()
        self.hurt.append(Hurt(now, now))
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Let it end as it should."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(60) == 0, self.log.read_text()[-2000:]

    def freeze(self) -> None:
        """Let it stand still."""
        assert self.process is not None
        self.hurt.append(Hurt(time.monotonic()))
        self.frozen = True
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)
        self.hurt[-1].until = time.monotonic() + _THAWED_WITHIN_S
        self.frozen = False

    def was_hurt(self, at: float) -> bool:
        """Whether it was not well at a moment, or was killed or frozen soon after it."""
        return any(one.since - _DIED_WITHIN_S <= at <= one.until for one in self.hurt)


def member(
    folder: Path, name: str, settings: Mapping[str, Any], *options: str, fresh: bool = False
) -> Member:
    """Give a server or worker; the word before the first hyphen of its name says which.

    MEMBER in its settings is its name.
    """
    file = folder / f"{name}.toml"
    file.write_text(_toml(settings, name), encoding="utf-8")
    command = {"server": "up", "worker": "worker"}[name.partition("-")[0]]
    return Member(name, folder, [command, f"--config={file}", *options], fresh)


def _toml(settings: Mapping[str, Any], name: str) -> str:
    """Write settings down: sections, and lists of sections, of values that JSON writes alike."""
    lines: list[str] = []
    for section, given in settings.items():
        many = given if isinstance(given, list) else [given]
        for one in many:
            lines.append(f"[[{section}]]" if isinstance(given, list) else f"[{section}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in one.items()]
    return "\n".join(lines).replace("MEMBER", name) + "\n"
