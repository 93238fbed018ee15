"""`fettle user`, over the store and over a server; and how the first one gets in."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_up import up
from tests.schemas import validate

PASSWORD = "walrus lantern quartz"


@pytest.fixture
def place(store_environ: dict[str, str], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Give a folder and an environment with an empty store."""
    return tmp_path, store_environ


def call(place: tuple[Path, dict[str, str]], *arguments: str) -> dict[str, Any]:
    called = fettle("user", *arguments, "--format=json", cwd=place[0], environ=place[1])
    assert called.code == 0, called.err
    return validate(json.loads(called.out))


def enter(url: str) -> httpx.Client:
    """Set a password by a one-time address; return the browser."""
    base, _, _ = url.partition("/welcome/")
    browser = httpx.Client(base_url=base)
    page = browser.get(url)
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert csrf is not None, page.text
    typed = {"csrf": csrf[1], "password": PASSWORD, "again": PASSWORD}
    assert browser.post(url, data=typed).status_code == 303
    return browser


def test_users_are_made_listed_let_in_and_shut_out(place: tuple[Path, dict[str, str]]) -> None:
    made = call(place, "create", "--name=ada", "--role=admin")
    linked = call(place, "link", "ada")
    call(place, "create", "--name=bob", "--role=viewer")
    changed = call(place, "role", "bob", "admin")
    disabled = call(place, "disable", "ada")
    call(place, "enable", "ada")
    call(place, "logout", "ada")
    ties = call(place, "untie", "ada")
    listed = call(place, "list")
    text = fettle("user", "list", cwd=place[0], environ=place[1])
    missing = fettle("user", "link", "nobody", cwd=place[0], environ=place[1])
    odd = fettle("user", "create", "--name=a b", "--role=viewer", cwd=place[0], environ=place[1])

    assert made["url"].startswith("http://127.0.0.1:8470/welcome/fettle_l_")
    assert linked["url"] != made["url"]
    assert (changed["role"], disabled["state"]) == ("admin", "disabled")
    assert ties == {"schema": "fettle.user_ties/1", "items": []}
    assert [one["name"] for one in listed["items"]] == ["ada", "bob"]
    assert "bob  admin  invited, never logged in, with nothing" in text.out
    assert (missing.code, odd.code) == (64, 64)
    assert "no user called nobody" in missing.err


def test_the_first_start_makes_one_admin_with_one_link(
    place: tuple[Path, dict[str, str]],
) -> None:
    folder, environ = place
    with up(folder, environ) as (process, url):
        assert process.stderr is not None
        said = ""
        while "Next:" not in said:
            said += process.stderr.readline()
        link = re.search(r"http://\S+/welcome/fettle_l_[\w-]+", said)
        assert link is not None, said
        browser = enter(link[0])
        me = browser.get("/me")
        again = httpx.get(link[0])
        token = fettle("token", "create", "--name=t", "--role=admin", cwd=folder, environ=environ)
        over_server = fettle(
            *("user", "create", "--name=bob", "--role=viewer", "--format=json"),
            *("--server", url, "--token", token.out.strip()),
            cwd=folder,
            environ=environ,
        )
        browser.close()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    with up(folder, environ) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        second = process.stderr.read()

    assert said.count("/welcome/") == 1
    assert "user link admin" in said
    assert me.status_code == 200
    assert "admin" in me.text
    assert again.status_code == 403
    assert json.loads(over_server.out)["url"].startswith(f"{url}welcome/")
    assert "/welcome/fettle_l_" not in rest + second  # the log cuts it out of requests


def test_behind_a_proxy_the_address_is_the_public_one(
    place: tuple[Path, dict[str, str]],
) -> None:
    folder, environ = place
    environ = {**environ, "FETTLE_SERVER__PUBLIC_URL": "https://ops.example/"}
    with up(folder, environ) as (process, _):
        assert process.stderr is not None
        said = ""
        while "Next:" not in said:
            said += process.stderr.readline()

    assert "https://ops.example/welcome/fettle_l_" in said


def test_what_people_log_in_with_is_loaded_when_somebody_does(
    place: tuple[Path, dict[str, str]],
) -> None:
    program = (
        "import sys, fettle.frontends.server, fettle.wiring\n"
        "print(sorted({'argon2', 'jwt', 'segno'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
