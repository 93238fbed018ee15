"""The shape of a journal: what is written in it, and read by whoever cleans up.

It says what is brought back, and from where. One that is not understood to the last word, since
another version of Fettle has written it, is left to a person.
"""

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from fettle.model.rehearsal import RunState, Stage

_WHOLE = with_config(ConfigDict(extra="forbid"))


@_WHOLE
class _Proof(TypedDict):
    files: dict[str, str]
    environments: dict[str, str]
    head: str


@_WHOLE
class _Came(TypedDict):
    state: RunState
    verified: bool
    says: str
    before: _Proof | None
    after: _Proof | None
    pull_request: str | None
    blamed: bool


@_WHOLE
class _Swap(TypedDict):
    stage: Stage
    base: str
    commit: str
    files: list[str]
    modes: dict[str, int | None]
    environments: list[tuple[str, str]]
    inodes: list[tuple[int, int]]
    before: _Proof


@_WHOLE
class _System(TypedDict, total=False):
    before: dict[str, str]
    after: dict[str, str]
    apt: tuple[int, float]


@_WHOLE
class _Notes(TypedDict, total=False):
    kind: str
    root: str
    repository: str
    project: str
    ref: str
    branch: str
    commit: str
    remote: str
    reload: list[str]
    reload_within_s: float
    worktrees: list[str]
    beside: list[str]
    processes: list[tuple[int, float]]
    swap: _Swap
    system: _System
    came: _Came | None


_NOTES = TypeAdapter(_Notes)


def strange(notes: object) -> str:
    """Return what of a journal's notes is not as it is written here; nothing where all of it is."""
    try:
        _NOTES.validate_python(notes)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        return f"{place}: {first['msg'].lower()}"
    return ""
