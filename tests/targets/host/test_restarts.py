"""Which units of systemd began anew, as journalctl tells it."""

from datetime import timedelta
from pathlib import Path

import pytest

from fettle.model.finding import Unknown
from fettle.model.readings import Restarts
from fettle.targets.host.restarts import restarts

HOUR = timedelta(hours=1)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a machine with systemd, whose journal may be read and tells nothing yet."""
    root = tmp_path / "machine"
    (root / "run/systemd/system").mkdir(parents=True)
    journal = root / "var/log/journal/0123/system.journal"
    journal.parent.mkdir(parents=True)
    journal.touch()
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    answering(tmp_path, "")
    return root


def answering(folder: Path, text: str, then: str = "") -> None:
    """Let journalctl answer what it would, where it is asked for restarts of the last hour."""
    program = folder / "bin" / "journalctl"
    (folder / "told").write_text(text)
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in *--system*--since=-3600s*MESSAGE_ID=5eb0*) ;; *) exit 9;; esac\n'
        f"/bin/cat {folder}/told\n{then}\n"
    )
    program.chmod(0o755)


async def test_each_unit_is_counted(tmp_path: Path, machine: Path) -> None:
    shop = '{"UNIT":"shop.service","__REALTIME_TIMESTAMP":"1795168800000000"}\n'
    answering(tmp_path, shop * 12 + '{"UNIT":"mail.service"}\n' + "gibberish\n[1]\n" + '{"A":1}\n')
    assert await restarts("web-1", machine) == [
        Restarts("web-1:shop.service", 12, HOUR),
        Restarts("web-1:mail.service", 1, HOUR),
    ]


async def test_that_none_was_is_known(machine: Path) -> None:
    assert await restarts("web-1", machine) == [Restarts("web-1", 0, HOUR)]


async def test_a_journal_that_may_not_be_read_is_unknown(machine: Path) -> None:
    (machine / "var/log/journal/0123/system.journal").unlink()
    (told,) = await restarts("web-1", machine)
    assert isinstance(told, Unknown)
    assert "may not read" in told.reason
    assert "systemd-journal" in (told.remedy or "")


async def test_a_journal_that_does_not_answer_is_unknown(
    tmp_path: Path, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (told,) = await restarts("web-1", machine)
    assert isinstance(told, Unknown)
    assert "gave no answer" in told.reason


async def test_where_systemd_does_not_run_nothing_is_told(tmp_path: Path) -> None:
    assert await restarts("web-1", tmp_path) == []
