"""Files of pip's requirements: pins, with and without hashes, and what is said of the rest."""

import pytest

from fettle.errors import UnreadableLock
from fettle.updates import locks
from fettle.updates.locks.lock import Lock

COMPILED = """\
# This file is made by a tool
--index-url http://127.0.0.1:9/simple
anyio==4.8.0 ; python_version >= "3.9" \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
    # via
    #   httpx
    #   starlette
httpx[http2,socks]==0.28.1 --hash=sha256:cccc
    # via -r requirements.in
Idna===3.10  # via anyio, httpx
"""


def read(text: str, **beside: str) -> Lock:
    """Read requirements, beside other files."""
    files = {f"{name}.txt": content for name, content in beside.items()}
    return locks.read("requirements.txt", text, "/srv/shop/requirements.txt", files.get)


def test_pins_are_told_with_whom_a_comment_names() -> None:
    """Whoever is named by pip-compile's or uv's comments needs it; a file names what is asked."""
    lock = read(COMPILED)
    told = [(one.package.name, one.version, one.direct, one.needed_by) for one in lock.installed]
    assert told == [
        ("anyio", "4.8.0", False, ("httpx", "starlette")),
        ("httpx", "0.28.1", True, ()),
        ("idna", "3.10", False, ("anyio", "httpx")),
    ]
    assert lock.registries == ("http://127.0.0.1:9/simple",)
    assert lock.passed == ()


def test_what_is_not_pinned_is_told_as_not_looked_at() -> None:
    """Nobody can say which version is in use: it is never called up to date."""
    lock = read("anyio>=4\nhttpx\nidna==3.*\nboth==1,==2\npinned==1.0\n")
    assert [one.subject for one in lock.passed] == [
        f"{name} in /srv/shop/requirements.txt" for name in ("anyio", "httpx", "idna", "both")
    ]
    assert lock.passed[0].remedy == "pin it with =="
    assert [one.package.name for one in lock.installed] == ["pinned"]


def test_included_files_are_read_and_say_where_they_are() -> None:
    """What stands in another file is to be raised there."""
    lock = read("-r base.txt\n-rextra.txt\n-c constraints.txt\nb==2\n", base="a==1", extra="c==3")
    assert [(one.package.name, one.where) for one in lock.installed] == [
        ("a", "/srv/shop/base.txt"),
        ("b", "/srv/shop/requirements.txt"),
        ("c", "/srv/shop/extra.txt"),
    ]


def test_an_included_file_that_is_not_there_is_told() -> None:
    """Nothing of it was looked at."""
    (passed,) = read("-r gone.txt").passed
    assert passed.subject == "/srv/shop/gone.txt"


def test_files_that_include_each_other_are_refused() -> None:
    """There is no end to them."""
    with pytest.raises(UnreadableLock, match=r"includes requirements\.txt, which includes it"):
        read("-r base.txt", base="-r requirements.txt")


def test_the_projects_own_code_is_no_dependency_and_git_is_told() -> None:
    """No registry offers what comes from elsewhere; a password in an address is not said."""
    lock = read(
        "-e .\n./wheels/own-1.0-py3-none-any.whl\n-e ../lib[all]\n"
        "tool @ git+https://ada:secret@git.example/tool@v1\n"
        "git+https://ada:secret@git.example/other.git#egg=other\n"
        "wheel @ https://files.example/wheel-1.0-py3-none-any.whl\n"
    )
    assert lock.installed == ()
    assert [one.reason.split(",")[0] for one in lock.passed] == [
        "it comes from git",
        "it comes from git",
        "it comes from an address",
    ]
    assert "secret" not in str(lock)


def test_what_is_no_requirement_is_told_with_its_line() -> None:
    """One error, of which the line is a part."""
    with pytest.raises(UnreadableLock) as raised:
        read("a==1\n\n<<<<<<< HEAD\n")
    assert raised.value.reason.startswith(
        "/srv/shop/requirements.txt:3 is no requirement: <<<<<<< HEAD"
    )


def test_requirements_for_development_are_told_as_such() -> None:
    """Their file's name says so."""
    lock = locks.read("requirements-dev.txt", "pytest==8.3.4", "requirements-dev.txt")
    assert [one.development for one in lock.installed] == [True]


def test_comments_may_stand_behind_a_tab() -> None:
    """As pip has it: whatever space there is before them."""
    lock = read("a==1\t# why\nb==2 \\\n\t--hash=sha256:aaaa\t# ours\n")
    assert [(one.package.name, one.version) for one in lock.installed] == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize(
    ("name", "development"),
    [("dev", True), ("test", True), ("latest", False), ("devices", False)],
)
def test_a_name_says_development_by_a_word_of_its_own(name: str, development: bool) -> None:
    lock = locks.read(f"requirements-{name}.txt", "a==1", f"requirements-{name}.txt")
    assert [one.development for one in lock.installed] == [development]


def test_each_file_is_read_once_however_often_it_is_included() -> None:
    """A few files that include each other twice and more would be read a million times."""
    asked: list[str] = []

    def beside(name: str) -> str | None:
        asked.append(name)
        number = int(name.removeprefix("r").removesuffix(".txt"))
        return f"-r r{number + 1}.txt\n-r sub/../r{number + 1}.txt\n" if number < 8 else "a==1"

    lock = locks.read("requirements.txt", "-r r1.txt\n-r ./r1.txt\n", "requirements.txt", beside)
    assert [one.package.name for one in lock.installed] == ["a"]
    assert len(asked) == 8
