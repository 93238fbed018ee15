"""package-lock.json and npm-shrinkwrap.json, of each version that npm has written."""

import json
from typing import Any

import pytest

from fettle.errors import UnreadableLock
from fettle.updates import locks
from fettle.updates.locks.lock import Lock

PACKAGES: dict[str, Any] = {
    "": {
        "name": "shop",
        "dependencies": {"left": "^1.0.0", "old-right": "npm:right@1", "tool": "github:x/tool"},
        "devDependencies": {"jest": "^29"},
        "workspaces": ["packages/*"],
    },
    "packages/admin": {"name": "admin", "version": "1.0.0", "dependencies": {"deep": "^2"}},
    "node_modules/admin": {"resolved": "packages/admin", "link": True},
    "node_modules/left": {"version": "1.2.0", "dependencies": {"deep": "^1"}},
    "node_modules/left/node_modules/deep": {"version": "1.0.0"},
    "node_modules/deep": {"version": "2.1.0", "dependencies": {"@scope/inner": "*"}},
    "node_modules/@scope/inner": {"version": "3.0.0"},
    "node_modules/old-right": {"name": "right", "version": "1.5.0"},
    "node_modules/jest": {"version": "29.7.0", "dev": True},
    "node_modules/tool": {"version": "1.0.0", "resolved": "git+ssh://git@git.example/x/tool.git#a"},
}
FIRST = {
    "lockfileVersion": 1,
    "dependencies": {
        "left": {
            "version": "1.2.0",
            "requires": {"deep": "^1"},
            "dependencies": {"deep": {"version": "1.0.0"}},
        },
        "deep": {"version": "2.1.0", "requires": {"@scope/inner": "*"}},
        "@scope/inner": {"version": "3.0.0"},
        "jest": {"version": "29.7.0", "dev": True},
        "tool": {"version": "git+ssh://git@git.example/x/tool.git#a"},
        "old-right": {"version": "npm:right@1.5.0"},
    },
}


def read(value: object, **beside: object) -> Lock:
    """Read a lock, beside a package.json perhaps."""
    files = {f"{name}.json": json.dumps(content) for name, content in beside.items()}
    return locks.read("package-lock.json", json.dumps(value), "package-lock.json", files.get)


@pytest.mark.parametrize("version", [2, 3])
def test_what_is_locked_is_told_with_who_asks_for_it(version: int) -> None:
    """A name is looked for as Node does: beside the asker, then outwards; workspaces ask too."""
    lock = read({"lockfileVersion": version, "packages": PACKAGES})
    told = [
        (one.package.name, one.version, one.direct, one.asks, one.needed_by)
        for one in lock.installed
    ]
    assert told == [
        ("@scope/inner", "3.0.0", False, "", ("deep",)),
        ("deep", "1.0.0", False, "", ("left",)),
        ("deep", "2.1.0", True, "^2", ()),
        ("jest", "29.7.0", True, "^29", ()),
        ("left", "1.2.0", True, "^1.0.0", ()),
        ("right", "1.5.0", True, "npm:right@1", ()),
        ("tool", "1.0.0", True, "github:x/tool", ()),
    ]
    assert [one.package.name for one in lock.installed if one.development] == ["jest"]
    assert [one.package.name for one in lock.installed if one.origin == "git"] == ["tool"]


def test_a_lock_of_the_first_version_is_read_too() -> None:
    """What the project asks for stands in package.json alone."""
    lock = read(FIRST, package={"dependencies": {"left": "^1.0.0", "deep": "2"}})
    told = [(one.package.name, one.version, one.direct, one.asks) for one in lock.installed]
    assert told == [
        ("@scope/inner", "3.0.0", False, ""),
        ("deep", "1.0.0", False, ""),
        ("deep", "2.1.0", True, "2"),
        ("jest", "29.7.0", False, ""),
        ("left", "1.2.0", True, "^1.0.0"),
        ("right", "1.5.0", False, ""),
        ("tool", "git+ssh://git@git.example/x/tool.git#a", False, ""),
    ]
    assert [one.package.name for one in lock.installed if one.origin == "git"] == ["tool"]


def test_without_a_package_json_what_nobody_needs_is_asked_for_by_the_project() -> None:
    """It can only be the project."""
    direct = {one.package.name for one in read(FIRST).installed if one.direct}
    assert direct == {"left", "jest", "tool", "right"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "package-lock.json is no JSON: Expecting property name enclosed in double quotes"),
        ("[]", "package-lock.json is no table of JSON"),
        ('{"lockfileVersion": 4}', "package-lock.json has lockfileVersion 4, and 3 is the newest"),
        ('{"lockfileVersion": 3}', "package-lock.json: it has no packages"),
        ('{"lockfileVersion": 3, "packages": []}', "package-lock.json: packages is no table"),
        (
            '{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": 1}}}',
            "package-lock.json: packages.node_modules/a.version is no text",
        ),
        ('{"dependencies": {"a": {}}}', "package-lock.json: dependencies.a has no version"),
        ("[" * 100_000, "package-lock.json is nested deeper than any tool writes"),
    ],
)
def test_a_lock_that_cannot_be_read_says_what_is_wrong_and_where(text: str, says: str) -> None:
    """One error, of which the place is a part."""
    with pytest.raises(UnreadableLock) as raised:
        locks.read("package-lock.json", text, "package-lock.json")
    assert raised.value.reason.startswith(says)


def test_what_is_asked_for_and_not_held_was_not_looked_at() -> None:
    """A merge that went wrong has lost it; what is optional or bundled need not be there."""
    packages = {
        "": {"dependencies": {"left": "^1", "linked": "*"}, "devDependencies": {"dev": "3"}},
        "node_modules/left": {
            "version": "1.0.0",
            "dependencies": {"deep": "^2", "fsevents": "^2", "nested": "1"},
            "optionalDependencies": {"fsevents": "^2"},
            "peerDependencies": {"react": "*"},
        },
        "node_modules/left/node_modules/nested": {
            "version": "1.0.0", "inBundle": True, "dependencies": {"pruned": "1"},
        },
        "node_modules/linked": {"link": True, "resolved": "../linked"},
        "../linked": {"devDependencies": {"theirs": "1"}},
    }  # fmt: skip
    text = json.dumps({"lockfileVersion": 3, "packages": packages})
    lock = locks.read("package-lock.json", text, "package-lock.json")
    assert [one.subject for one in lock.passed] == [
        "deep ^2 in package-lock.json", "dev 3 in package-lock.json",
    ]  # fmt: skip
    assert {one.package.name for one in lock.installed} == {"left", "nested"}


def test_a_shrinkwrap_stands_for_the_lock_beside_it() -> None:
    """npm reads that one alone."""
    there = ["package-lock.json", "npm-shrinkwrap.json", "package.json"]
    assert locks.among(there) == ["npm-shrinkwrap.json"]


def test_what_is_optional_for_use_is_no_development_alone() -> None:
    """npm calls it devOptional: it is installed without what is for development, too."""
    packages = {"node_modules/a": {"version": "1.0.0", "devOptional": True}}
    text = json.dumps({"lockfileVersion": 3, "packages": {"": {}, **packages}})
    (one,) = locks.read("package-lock.json", text, "package-lock.json").installed
    assert not one.development


def test_folders_within_folders_without_end_are_told() -> None:
    path = "/".join(["node_modules/a"] * 200)
    text = json.dumps({"lockfileVersion": 3, "packages": {path: {"version": "1.0.0"}}})
    with pytest.raises(UnreadableLock, match="is nested deeper than npm writes"):
        locks.read("package-lock.json", text, "package-lock.json")
