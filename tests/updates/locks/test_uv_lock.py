"""uv.lock: what is locked, who asks for it, and what cannot be read."""

import pytest

from fettle.errors import UnreadableLock
from fettle.updates import locks

LOCK = """
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "anyio"
version = "4.8.0"
source = { registry = "http://127.0.0.1:9/simple" }
dependencies = [{ name = "idna" }]

[[package]]
name = "idna"
version = "3.10"
source = { registry = "http://127.0.0.1:9/simple" }

[[package]]
name = "Typing_Extensions"
version = "4.12.2"
source = { git = "https://git.example/typing?rev=1#abc" }

[[package]]
name = "pytest"
version = "8.3.4"
source = { registry = "http://127.0.0.1:9/simple" }
dependencies = [{ name = "pluggy" }]

[[package]]
name = "pluggy"
version = "1.5.0"
source = { registry = "http://127.0.0.1:9/simple" }

[[package]]
name = "numpy"
version = "2.0.2"
source = { registry = "http://127.0.0.1:9/simple" }
resolution-markers = ["python_full_version < '3.12'"]

[[package]]
name = "numpy"
version = "2.2.1"
source = { registry = "http://127.0.0.1:9/simple" }
resolution-markers = ["python_full_version >= '3.12'"]

[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "anyio" }, { name = "typing-extensions" }]

[package.optional-dependencies]
fast = [{ name = "numpy", version = "2.0.2", marker = "python_full_version < '3.12'" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[package.metadata]
requires-dist = [
    { name = "anyio", specifier = ">=4,<5" },
    { name = "numpy", marker = "extra == 'fast'" },
    { name = "typing-extensions", git = "https://git.example/typing" },
]

[package.metadata.requires-dev]
dev = [{ name = "pytest", specifier = ">=8" }]
"""


def test_what_is_locked_is_told_with_who_asks_for_it() -> None:
    """The project's own asks have their ranges; what others need names those."""
    lock = locks.read("uv.lock", LOCK, "/srv/shop/uv.lock")
    told = {(one.package.name, one.version): one for one in lock.installed}
    assert [*told] == [
        ("anyio", "4.8.0"),
        ("idna", "3.10"),
        ("numpy", "2.0.2"),
        ("numpy", "2.2.1"),
        ("pluggy", "1.5.0"),
        ("pytest", "8.3.4"),
        ("typing-extensions", "4.12.2"),
    ]
    anyio, idna = told["anyio", "4.8.0"], told["idna", "3.10"]
    assert (anyio.direct, anyio.asks, anyio.needed_by) == (True, ">=4,<5", ())
    assert (idna.direct, idna.asks, idna.needed_by) == (False, "", ("anyio",))
    assert {one.where for one in lock.installed} == {"/srv/shop/uv.lock"}


def test_what_is_only_for_development_is_told_as_such() -> None:
    """A group's packages with all that they need; an extra is for use."""
    lock = locks.read("uv.lock", LOCK, "uv.lock")
    development = {one.package.name for one in lock.installed if one.development}
    assert development == {"pytest", "pluggy"}


def test_what_comes_from_git_says_so_and_the_project_itself_is_not_listed() -> None:
    """Nobody offers a newer version of what comes from elsewhere."""
    lock = locks.read("uv.lock", LOCK, "uv.lock")
    origins = {one.package.name: one.origin for one in lock.installed}
    assert origins["typing-extensions"] == "git"
    assert "shop" not in origins
    assert lock.registries == ("http://127.0.0.1:9/simple",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = ", "uv.lock is no TOML: Invalid value (at end of document)"),
        ("requires-python = '3'", "uv.lock: it has no version"),
        ("version = 2", "uv.lock has version 2, and 1 is the newest that is read"),
        ("version = 1\npackage = 3", "uv.lock: package is no list"),
        ("version = 1\n[[package]]\nversion = '1'", "uv.lock: package[1] has no name"),
        ("version = 1\npackage = [3]", "uv.lock: package[1] is no table"),
        (
            "version = 1\n[[package]]\nname = 'a'\ndependencies = [{}]",
            "uv.lock: package[1].dependencies[1] has no name",
        ),
        ("a = " + "[" * 5000, "uv.lock is nested deeper than any tool writes"),
    ],
)
def test_a_lock_that_cannot_be_read_says_what_is_wrong_and_where(text: str, says: str) -> None:
    """One error, of which the place is a part."""
    with pytest.raises(UnreadableLock) as raised:
        locks.read("uv.lock", text, "uv.lock")
    assert raised.value.reason == says


def test_a_lock_that_no_tool_has_written_is_not_read() -> None:
    """More than 50 MB would take minutes."""
    with pytest.raises(UnreadableLock, match=r"uv\.lock is larger than 50 MB"):
        locks.read("uv.lock", "#" * (50 * 1024**2 + 1), "uv.lock")


def test_what_is_asked_for_and_not_held_was_not_looked_at() -> None:
    """A lock that was cut off between two packages is TOML all the same."""
    cut = LOCK.replace('name = "pluggy"\nversion', 'name = "zope"\nversion')
    lock = locks.read("uv.lock", cut, "uv.lock")
    assert [(one.subject, one.reason) for one in lock.passed] == [
        ("pluggy in uv.lock", "the lock asks for it, and does not hold it")
    ]


def test_what_no_platform_of_the_project_needs_is_not_missing() -> None:
    """The project asks for it, where it never runs: uv locks nothing of it."""
    asks = '{ name = "tomli", marker = "python_full_version < \'3.11\'" },'
    text = LOCK.replace("requires-dist = [", f"requires-dist = [{asks}")
    assert locks.read("uv.lock", text, "uv.lock").passed == ()


def test_a_number_of_thousands_of_digits_is_told() -> None:
    with pytest.raises(UnreadableLock, match=r"uv\.lock is no TOML"):
        locks.read("uv.lock", f"version = 1{'0' * 5000}", "uv.lock")
