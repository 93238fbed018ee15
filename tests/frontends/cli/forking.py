"""A process that has imported Fettle, and becomes each call of it by a fork.

To import all of it takes longer than most calls do. A fork of a process that has done nothing but
that is a process like any other: its own folder, environment, files, signals and end.
"""

import array
import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
import time
import warnings
from typing import Any, NoReturn

from fettle.frontends.api import parts
from fettle.frontends.cli import commands
from fettle.main import run


def prepare() -> None:
    """Import what calls need, each in its time otherwise."""
    for name in ("fettle.wiring", "fettle.frontends.server", "fettle.frontends.report.write"):
        importlib.import_module(name)  # noqa: TID251
    for part in parts.PARTS:
        parts.router(part)
    for info in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{info.name}")  # noqa: TID251


def serve(channel: socket.socket) -> dict[str, Any] | None:
    """Fork for each call, and tell how it ended; returns the call in the child, None at the end.

    Of one that `goes_on` its number is told at once, and how it `ended` when somebody asks.
    """
    while True:
        said, files = received(channel)
        if not said:
            return None
        asked: dict[str, Any] = json.loads(said)
        if "ended" in asked:
            tell(channel, ended(asked["ended"], os.WNOHANG))
            continue
        child = os.fork()
        if child == 0:
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            return asked
        for file in files:
            os.close(file)
        tell(channel, child if asked["goes_on"] else ended(child))


def ended(child: int, options: int = 0) -> int | None:
    """Return how a child ended, None while it goes on."""
    number, status = os.waitpid(child, options)
    return os.waitstatus_to_exitcode(status) if number else None


def tell(channel: socket.socket, number: int | None) -> None:
    """Answer."""
    channel.sendall(f"{json.dumps(number)}\n".encode())


def received(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Return a message, which ends with a new line, and the files that came with it."""
    said, files = b"", array.array("i")
    while not said.endswith(b"\n"):
        part, extra, _, _ = channel.recvmsg(65536, socket.CMSG_SPACE(3 * files.itemsize))
        if not part:
            break
        said += part
        for level, kind, data in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                files.frombytes(data)
    return said, list(files)


def become(call: dict[str, Any]) -> NoReturn:
    """Be the call, and end as it does; what was imported before is not taken apart for that."""
    os.chdir(call["cwd"])
    os.environ.clear()
    os.environ.update(call["environ"])
    time.tzset()
    if "PYTHONWARNINGS" not in call["environ"]:
        warnings.resetwarnings()
    sys.argv = ["fettle", *call["arguments"]]
    try:
        run()
    except SystemExit as ended:
        gc.collect()  # what was left open is said
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(ended.code or 0))
    raise AssertionError("it ends by an exit")


if __name__ == "__main__":
    prepare()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as channel_:
        asked = serve(channel_)
    if asked is not None:
        become(asked)
