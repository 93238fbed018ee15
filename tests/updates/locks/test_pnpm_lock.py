"""pnpm-lock.yaml, of pnpm 8 and of pnpm 9 and newer."""

import pytest

from fettle.errors import UnreadableLock
from fettle.updates import locks

SIX = """
lockfileVersion: '6.0'
dependencies:
  left:
    specifier: ^1.0.0
    version: 1.10(peer@2.0.0)
devDependencies:
  '@scope/dev':
    specifier: ^3
    version: 3.0.0
packages:
  /left@1.10(peer@2.0.0):
    resolution: {integrity: sha512-a}
    dependencies:
      peer: 2.0.0
    dev: false
  /peer@2.0.0:
    resolution: {integrity: sha512-b}
    dev: false
  /@scope/dev@3.0.0:
    resolution: {integrity: sha512-c}
    dev: true
"""
NINE = """
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      left:
        specifier: ^1.0.0
        version: 1.10(peer@2.0.0)
      own:
        specifier: workspace:*
        version: link:packages/own
  packages/own:
    devDependencies:
      '@scope/dev':
        specifier: ^3
        version: 3.0.0
packages:
  left@1.10:
    resolution: {integrity: sha512-a}
  peer@2.0.0:
    resolution: {integrity: sha512-b}
  '@scope/dev@3.0.0':
    resolution: {integrity: sha512-c}
snapshots:
  left@1.10(peer@2.0.0):
    dependencies:
      peer: 2.0.0
  peer@2.0.0: {}
  '@scope/dev@3.0.0': {}
"""


@pytest.mark.parametrize("text", [SIX, NINE])
def test_what_is_locked_is_told_with_who_asks_for_it(text: str) -> None:
    """Peers in brackets are no part of a version, and 1.10 is no number."""
    lock = locks.read("pnpm-lock.yaml", text, "pnpm-lock.yaml")
    told = [
        (one.package.name, one.version, one.asks, one.needed_by, one.development)
        for one in lock.installed
    ]
    assert told == [
        ("@scope/dev", "3.0.0", "^3", (), True),
        ("left", "1.10", "^1.0.0", (), False),
        ("peer", "2.0.0", "", ("left",), False),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lockfileVersion: 5.4", "pnpm-lock.yaml has lockfileVersion 5.4, and 6 and 9 are read"),
        ("lockfileVersion: '10.0'", "pnpm-lock.yaml has lockfileVersion 10.0, and 6 and 9 are"),
        ("importers: {}", "pnpm-lock.yaml: it has no lockfileVersion"),
        ("a: [", "pnpm-lock.yaml cannot be read as YAML: line 2, column 1: "),
        ("- a", "pnpm-lock.yaml is no table of YAML"),
        ("a: &a [1]\nb: [*a, *a]", "pnpm-lock.yaml cannot be read as YAML: it has an anchor, &a,"),
        ("a: " + "[" * 500, "pnpm-lock.yaml cannot be read as YAML: it is nested deeper than"),
        ("lockfileVersion: '9.0'\npackages: {'': {}}", "pnpm-lock.yaml: packages. names no"),
    ],
)
def test_a_lock_that_cannot_be_read_says_what_is_wrong_and_where(text: str, says: str) -> None:
    """One error; nothing is made of what no tool writes."""
    with pytest.raises(UnreadableLock) as raised:
        locks.read("pnpm-lock.yaml", text, "pnpm-lock.yaml")
    assert raised.value.reason.startswith(says)


OF_PNPM = """
---
lockfileVersion: '9.0'
importers:
  .:
    configDependencies:
      policy:
        specifier: 1.2.0
        version: 1.2.0
    packageManagerDependencies:
      pnpm:
        specifier: 12.0.0
        version: 12.0.0
packages:
  pnpm@12.0.0:
    resolution: {integrity: sha512-p}
  policy@1.2.0:
    resolution: {integrity: sha512-q}
snapshots:
  pnpm@12.0.0: {}
  policy@1.2.0: {}
---
"""


def test_behind_what_pnpm_itself_needs_stands_what_the_project_does() -> None:
    """Since pnpm 11 there may be two documents; a tool that reads the first sees no dependency."""
    lock = locks.read("pnpm-lock.yaml", OF_PNPM + NINE, "pnpm-lock.yaml")
    assert [(one.package.name, one.direct, one.development) for one in lock.installed] == [
        ("pnpm", True, True),
        ("policy", True, True),
        ("@scope/dev", True, True),
        ("left", True, False),
        ("peer", False, False),
    ]


def test_what_is_asked_for_and_not_held_was_not_looked_at() -> None:
    """A lock that was cut off holds less than it asks for."""
    cut = NINE.partition("  peer@2.0.0:")[0]
    lock = locks.read("pnpm-lock.yaml", cut, "pnpm-lock.yaml")
    assert [one.package.name for one in lock.installed] == ["left"]
    assert [one.subject for one in lock.passed] == ["@scope/dev 3.0.0 in pnpm-lock.yaml"]


def test_a_runtime_is_no_package_of_the_registry() -> None:
    text = "lockfileVersion: '9.0'\npackages:\n  node@runtime:24.0.0:\n    resolution: {}\n"
    (runtime,) = locks.read("pnpm-lock.yaml", text, "pnpm-lock.yaml").installed
    assert runtime.origin == "address"
