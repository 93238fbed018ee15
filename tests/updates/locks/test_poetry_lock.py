"""poetry.lock, of Poetry 1 and 2."""

import pytest

from fettle.errors import UnreadableLock
from fettle.updates import locks

PACKAGES = """
[[package]]
name = "Django"
version = "5.1.4"
python-versions = ">=3.10"

[package.dependencies]
sqlparse = ">=0.3.1"

[[package]]
name = "sqlparse"
version = "0.5.3"

[[package]]
name = "pytest"
version = "8.3.4"

[[package]]
name = "lib"
version = "0.1.0"
[package.source]
type = "directory"
url = "../lib"

[[package]]
name = "tool"
version = "1.0"
[package.source]
type = "git"
url = "https://git.example/tool"
"""
POETRY = """
[tool.poetry.dependencies]
python = "^3.11"
Django = "^5.0"
tool = { git = "https://git.example/tool" }
[tool.poetry.group.dev.dependencies]
pytest = "^8"
"""
STANDARD = """
[project]
dependencies = ["django>=5,<6", "tool @ git+https://git.example/tool"]
[dependency-groups]
dev = ["pytest>=8", { include-group = "other" }]
"""


@pytest.mark.parametrize(("project", "asks"), [(POETRY, "^5.0"), (STANDARD, "<6,>=5")])
@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_what_is_locked_is_told_with_what_the_project_asks_for(
    project: str, asks: str, version: str
) -> None:
    """Poetry's own tables and the standard's say the same."""
    text = f'{PACKAGES}[metadata]\nlock-version = "{version}"\n'
    lock = locks.read("poetry.lock", text, "poetry.lock", {"pyproject.toml": project}.get)
    told = {one.package.name: one for one in lock.installed}
    assert [*told] == ["django", "pytest", "sqlparse", "tool"]
    assert (told["django"].direct, told["django"].asks) == (True, asks)
    assert (told["sqlparse"].direct, told["sqlparse"].needed_by) == (False, ("django",))
    assert [one.package.name for one in lock.installed if one.development] == ["pytest"]
    assert told["tool"].origin == "git"


def test_groups_of_a_newer_lock_say_what_is_for_development() -> None:
    """Poetry 2 writes them to each package; Poetry before 1.2 wrote a category."""
    text = (
        '[[package]]\nname = "a"\nversion = "1"\ngroups = ["dev"]\n'
        '[[package]]\nname = "b"\nversion = "1"\ngroups = ["main", "dev"]\n'
        '[[package]]\nname = "c"\nversion = "1"\ncategory = "dev"\n'
        '[metadata]\nlock-version = "2.1"\n'
    )
    lock = locks.read("poetry.lock", text, "poetry.lock")
    assert [one.development for one in lock.installed] == [True, False, True]


def test_a_lock_of_a_newer_poetry_is_refused() -> None:
    """What it means may have changed."""
    with pytest.raises(UnreadableLock) as raised:
        locks.read("poetry.lock", '[metadata]\nlock-version = "3.0"\n', "poetry.lock")
    assert (
        raised.value.reason == "poetry.lock has lock-version 3.0, and 2 is the newest that is read"
    )
    assert raised.value.remedy == "update Fettle"


def test_a_lock_that_was_cut_off_is_told() -> None:
    """What Poetry writes ends with what it says of itself."""
    with pytest.raises(UnreadableLock, match=r"poetry\.lock: it has no metadata"):
        locks.read("poetry.lock", PACKAGES, "poetry.lock")
