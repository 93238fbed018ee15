"""`fettle up --demo`: somebody who has just come looks around, and nothing of theirs is touched."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from fettle.demonstration import folder
from fettle.store import cluster, postmaster
from tests.frontends.cli.calling import fettle
from tests.frontends.cli.going_on import GoingOn
from tests.receiving import Receiving, receiving
from tests.servers import memory

# The site of somebody who has set everything: none of it may be called, read or written.
_THEIRS = """
[server]
alive_url = "{alive}"
public_url = "https://theirs.example"

[[database]]
name = "their-db"
url = "postgresql://them@127.0.0.1:1/theirs"
"""


@dataclass
class Demo:
    """A demonstration that goes on, as its own process."""

    process: GoingOn
    address: str
    said: list[str]

    @property
    def url(self) -> str:
        return self.address.partition("/demo/")[0]

    @contextmanager
    def visitor(self) -> Iterator[httpx.Client]:
        """Follow the address that was printed."""
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=60) as client:
            assert client.get(self.address).url.path == "/"
            yield client


@contextmanager
def demo(among: Path, cwd: Path, *more: str, **environ: str) -> Iterator[Demo]:
    """Start one whose folder is made in `among`."""
    given = {"PATH": os.environ["PATH"], "TMPDIR": str(among), **environ}
    process = GoingOn("up", "--demo", *(more or ("--port=0",)), cwd=cwd, environ=given)
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line)
            if (match := re.search(r"http://127\.0\.0\.1:\d+/demo/\S+", line)) is not None:
                break
        else:
            raise AssertionError(f"it has not come up: {''.join(said)}")
        yield Demo(process, match[0], said)
    finally:
        process.terminate()
        process.stderr.read()
        process.wait(60)
        process.close()


@pytest.fixture(scope="module")
def among() -> Iterator[Path]:
    """Give a folder for temporary files that PostgreSQL's user may pass through."""
    with tempfile.TemporaryDirectory(prefix="fettle-among-", dir=memory()) as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="module")
def alive() -> Iterator[Receiving]:
    """Give somebody outside, who would hear of a server that the environment has set up."""
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def shown(
    among: Path, alive: Receiving, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """Give a demonstration in the shell of somebody who runs Fettle, and a PostgreSQL."""
    cwd = tmp_path_factory.mktemp("theirs")
    (cwd / "fettle.toml").write_text(_THEIRS.format(alive=alive.url))
    theirs = {
        "DATABASE_URL": "postgresql://them@127.0.0.1:1/theirs",
        "FETTLE_DATA": str(cwd / "data"),
        "FETTLE_STORE__URL": "postgresql://them@127.0.0.1:1/fettle",
        "FETTLE_SERVER__ALIVE_URL": alive.url,
        "FETTLE_SERVER__NOTICE": "Theirs",
        "FETTLE_OUTGOING__ALLOW": "127.0.0.1",
        "PGHOST": "127.0.0.1",
        "PGHOSTADDR": "127.0.0.1",
        "PGPORT": "1",
        "PGUSER": "them",
        "PGPASSWORD": "theirs",
        "PGOPTIONS": "-c default_transaction_read_only=on",
    }
    with demo(among, cwd, **theirs) as one:
        yield one
    assert [path.name for path in cwd.iterdir()] == ["fettle.toml"]
    assert alive.requests == []


def until(happened: Callable[[], Any], seconds: float = 60) -> Any:  # noqa: ANN401
    """Wait for something, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.5)  # each look has a page drawn, beside what is waited for
    return found


def send(client: httpx.Client, page: str, action: str) -> httpx.Response:
    """Send a form of a page as it stands there."""
    text = client.get(page).text
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert form is not None, f"{page} has no form for {action}"
    token = re.search(r'name="csrf" value="([^"]+)"', form[0])
    assert token is not None
    answer = client.post(action, data={"csrf": token[1]})
    assert answer.is_success, answer.text
    return answer


def test_who_follows_the_address_sees_the_story_and_trouble_that_is_alive(shown: Demo) -> None:
    with shown.visitor() as visitor:
        issues = visitor.get("/issues?status=").text
        first = visitor.get("/").text
        of_a_check = until(
            lambda: "A session is idle inside a transaction" in visitor.get("/issues").text
        )

    for told in ("Search index lag above 15 minutes", "main-db: sessions wait for locks"):
        assert told in issues
    assert "main-db" in first
    assert of_a_check


def test_what_has_happened_is_some_time_ago_in_the_audit_log_too(shown: Demo) -> None:
    with shown.visitor() as visitor:
        moments = re.findall(r'datetime="([^"]+)"', visitor.get("/audit").text)

    assert min(moments) < f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"


def test_every_page_says_that_it_is_a_demonstration(shown: Demo) -> None:
    with shown.visitor() as visitor:
        for path in ("/", "/issues/1", "/databases/main-db", "/fixes", "/figures", "/me", "/users"):
            assert "This is a demonstration" in visitor.get(path).text, path
    assert "This is a demonstration" in httpx.get(f"{shown.url}/login").text


@pytest.mark.soak  # looks come every ten seconds, and several are waited for
def test_a_fix_is_applied_seen_to_have_worked_and_taken_back_on_the_pages(shown: Demo) -> None:
    with shown.visitor() as visitor:
        waiting = re.search(
            r'id="(sha256:\w+)">\s*<p class="line"><strong>create foreign key index',
            visitor.get("/fixes").text,
        )
        assert waiting is not None
        run = send(visitor, "/fixes", f"/fixes/{waiting[1]}/apply").url.path
        until(lambda: "seen to have worked" in visitor.get(run).text)
        until(lambda: "orders_customer_fkey" not in findings(visitor, "foreign key has no index"))
        undo = send(visitor, run, f"{run}/undo").url.path
        until(lambda: "seen to have worked" in visitor.get(undo).text)
        until(lambda: "orders_customer_fkey" in findings(visitor, "foreign key has no index"))


def findings(visitor: httpx.Client, title: str) -> str:
    """Return what the page of the shop's database says under findings of that title."""
    text = unescape(visitor.get("/databases/main-db").text)
    cards = re.findall(r"<section class=\"card\".*?</section>", text, re.DOTALL)
    return "".join(card for card in cards if title in card)


def test_nothing_of_the_environment_reaches_it(shown: Demo, alive: Receiving) -> None:
    with shown.visitor() as visitor:
        settings, databases = visitor.get("/settings").text, visitor.get("/databases").text
        first = visitor.get("/").text

    assert "their-db" not in databases
    assert "Theirs" not in first
    assert "theirs.example" not in settings
    assert "FETTLE_SERVER__" not in settings
    assert alive.requests == []


def test_nobody_is_let_in_by_another_address(shown: Demo) -> None:
    answer = httpx.get(f"{shown.url}/demo/{'x' * 50}", follow_redirects=True)

    assert answer.status_code == 403
    assert "fettle" not in answer.cookies
    assert httpx.get(shown.url, follow_redirects=True).url.path == "/login"


@pytest.mark.soak
@pytest.mark.timeout(400)  # it begins three
def test_two_do_not_disturb_each_other_and_leave_nothing(among: Path, tmp_path: Path) -> None:
    """One is ended by SIGTERM, the other killed; what that leaves the next one removes."""
    with ExitStack() as stack:
        one = stack.enter_context(demo(among, tmp_path))
        before = set(folders(among))
        other = stack.enter_context(demo(among, tmp_path))
        (its,) = set(folders(among)) - before
        with one.visitor() as visitor:  # as a browser, which gives its cookies to both
            assert visitor.get(other.address).url.path == "/"
            for each in (one, other):
                assert visitor.get(f"{each.url}/issues").url.path == "/issues"

        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(60) == 0
        assert its in folders(among)
        with other.visitor() as visitor:
            assert "Search index lag" in visitor.get("/issues").text

        other.process.kill()
        other.process.wait()
    server = postmaster.running(cluster.locate(its))
    assert server is not None

    with demo(among, tmp_path):
        assert not its.exists()
        assert not Path(f"/proc/{server}").exists()


def folders(among: Path) -> list[Path]:
    return list(among.glob(f"{folder.PREFIX}*"))


@pytest.mark.parametrize(
    "given",
    [
        ("--data=there",),
        ("--database-url=postgresql://fettle@127.0.0.1:1/fettle",),
        ("--config=fettle.toml",),
        ("--no-worker",),
        ("--label=web-1",),
        ("--host=0.0.0.0",),
    ],
    ids=lambda given: given[0].partition("=")[0],
)
def test_what_would_reach_something_of_yours_is_refused(
    given: tuple[str, ...], among: Path, tmp_path: Path
) -> None:
    (tmp_path / "fettle.toml").write_text("")
    environ = {"TMPDIR": str(among)}
    before = folders(among)

    called = fettle("up", "--demo", *given, cwd=tmp_path, environ=environ)

    assert called.code == 64
    assert "demo" in called.err
    assert folders(among) == before
    assert not (tmp_path / "there").exists()


def test_a_port_that_is_asked_for_and_taken_is_refused(shown: Demo, tmp_path: Path) -> None:
    port = httpx.URL(shown.url).port

    called = fettle("up", "--demo", f"--port={port}", cwd=tmp_path)

    assert called.code == 64
    assert f"cannot listen on 127.0.0.1 port {port}" in called.err


@pytest.mark.parametrize("kind", ["link", "file", "open to others", "somebody else's"])
def test_what_only_looks_like_one_that_was_left_stays(
    among: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "demo.lock").touch()
    left = among / f"{folder.PREFIX}{kind.replace(' ', '-')}"
    if kind == "link":
        left.symlink_to(kept)
    elif kind == "file":
        left.touch()
    else:
        left.mkdir(mode=0o755 if kind == "open to others" else 0o700)
        (left / "demo.lock").touch()
        if kind == "somebody else's":
            if os.geteuid() != 0:
                pytest.skip("only root gives files away")
            os.chown(left, 1, 1)
    monkeypatch.setattr(tempfile, "tempdir", str(among))

    folder.remove_left()

    assert left.exists()
    assert (kept / "demo.lock").exists()
    left.unlink() if not left.is_dir() or left.is_symlink() else (left / "demo.lock").unlink()


def test_one_that_is_interrupted_before_it_is_ready_leaves_nothing(
    among: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fettle", "up", "--demo", "--port=0"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(among)},
        stderr=subprocess.PIPE,
        text=True,
    )
    before = set(folders(among))
    (its,) = until(lambda: set(folders(among)) - before)
    until(lambda: list(its.glob("postgres*")))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not its.exists()
