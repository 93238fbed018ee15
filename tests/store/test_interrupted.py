"""A command that is told to end brings what it has begun to an end, its store too."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fettle.store.cluster import locate
from fettle.store.postmaster import running

FINDING = {
    "key": "statistics_stale:public.t",
    "check": "statistics_stale",
    "category": "database",
    "severity": "medium",
    "subject": "public.t",
    "title": "",
    "description": "",
    "metrics": {},
    "evidence": [],
    "pids": [],
}


@pytest.mark.parametrize(
    ("how", "interruptions"),
    [
        (signal.SIGINT, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_IGN),  # as behind the & of a script
    ],
)
def test_the_store_that_it_has_started_is_stopped(
    data: Path, how: signal.Signals, interruptions: signal.Handlers
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = f"postgresql://app@127.0.0.1:{silent.getsockname()[1]}/shop"
        plan = {"plan": "sha256:1", "fix": "analyze_table", "target": target, "database": "shop"}
        file = data.parent / "plan.json"
        file.write_text(json.dumps({"schema": "fettle.plan/1", "finding": FINDING, **plan}))
        ours = signal.signal(signal.SIGINT, interruptions)  # as it is then, it is inherited
        process = subprocess.Popen(
            [sys.executable, "-m", "fettle", "fix", "apply", str(file), "--data", str(data)],
            env={"PATH": os.environ["PATH"]},
            stderr=subprocess.PIPE,
            text=True,
        )
        signal.signal(signal.SIGINT, ours)
        # the store runs, and the target is called
        silent.settimeout(60)
        with silent.accept()[0]:
            assert running(locate(data)) is not None
            process.send_signal(how)
            _, said = process.communicate(timeout=60)

    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert running(locate(data)) is None
