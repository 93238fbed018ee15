"""A huge lock takes time in proportion to its size: no reader looks through all of it for each."""

import json
from collections.abc import Callable

import pytest

from fettle.updates import locks

MANY = 5_000


def npms(many: int) -> str:
    packages = {
        f"node_modules/p{one}": {"version": f"1.{one}.0", "dependencies": {f"p{one // 2}": "^1"}}
        for one in range(many)
    }
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, **packages}})


def uvs(many: int) -> str:
    return "version = 1\n" + "".join(
        f"[[package]]\nname = 'p{one}'\nversion = '1.{one}'\n"
        f"source = {{ registry = 'https://index.example/simple' }}\n"
        f"dependencies = [{{ name = 'p{one // 2}' }}]\n"
        for one in range(many)
    )


def poetrys(many: int) -> str:
    packages = "".join(
        f"[[package]]\nname = 'p{one}'\nversion = '1.{one}'\nfiles = []\n"
        f"[package.dependencies]\np{one // 2} = '*'\n"
        for one in range(many)
    )
    return f"{packages}[metadata]\nlock-version = '2.0'\n"


def yarns(many: int) -> str:
    return "\n".join(
        f'p{one}@^1:\n  version "1.{one}.0"\n  dependencies:\n    p{one // 2} "^1"\n'
        for one in range(many)
    )


def pnpms(many: int) -> str:
    packages = "".join(f"  p{one}@1.{one}.0:\n    resolution: {{}}\n" for one in range(many))
    snapshots = "".join(
        f"  p{one}@1.{one}.0:\n    dependencies:\n      p{one // 2}: 1.{one // 2}.0\n"
        for one in range(many)
    )
    return f"lockfileVersion: '9.0'\npackages:\n{packages}snapshots:\n{snapshots}"


def requirements(many: int) -> str:
    return "".join(f"p{one}==1.{one}\n    # via p{one // 2}\n" for one in range(many))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("package-lock.json", npms),
        ("uv.lock", uvs),
        ("poetry.lock", poetrys),
        ("yarn.lock", yarns),
        ("pnpm-lock.yaml", pnpms),
        ("requirements.txt", requirements),
    ],
)
def test_a_huge_lock_is_read_whole(name: str, written: Callable[[int], str]) -> None:
    """A reader that looked through all of it for each package would still be at it in an hour."""
    assert len(locks.read(name, written(MANY), name).installed) == MANY
