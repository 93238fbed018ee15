"""One time that something went wrong in an application, as its own library told it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ErrorLevel(StrEnum):
    """How bad the application says that it is."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


@dataclass(frozen=True)
class Minified:
    """Where a frame is in what a bundler made of it, as the stack had it."""

    function: str | None
    file: str | None
    line: int | None
    column: int | None


@dataclass(frozen=True)
class Frame:
    """One call of a stack.

    `in_app` is whether it is the application's own code; None where nobody has said. `line` counts
    from 1, `column` too. `context` is the line of source, `before` and `after` are those around it.
    `names` are local variables as they were printed. `minified` is where it came from, where the
    rest was found by a source map.
    """

    function: str | None = None
    module: str | None = None
    file: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    in_app: bool | None = None
    context: str | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    minified: Minified | None = None


@dataclass(frozen=True)
class Raised:
    """One exception; `frames` begin with the outermost call and end where it was raised."""

    type: str | None = None
    value: str = ""
    module: str | None = None
    frames: tuple[Frame, ...] = ()
    handled: bool | None = None


@dataclass(frozen=True)
class Crumb:
    """Something that the application did before."""

    at: datetime | None = None
    category: str | None = None
    level: str | None = None
    message: str = ""


@dataclass(frozen=True)
class Asked:
    """The request that was being answered."""

    method: str | None = None
    url: str | None = None
    query: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True)
class ErrorEvent:
    """One error: what was raised, where, and what was around it.

    `raised` is a chain, the cause first and what reached the top last, as Sentry's protocol has it.
    `message` is what was logged, its parameters filled in; `template` the same without them.
    `at` is when the application says that it happened. `fingerprint` is what it says the error is
    to be joined by; empty where it leaves that to us. `user` is whatever names the person whose
    work was broken. `dist` tells builds of one release apart. `images` are
    the debug ids of files that frames name: what their source maps are found by. `since` is when
    the like of it was first seen, where somebody else knew of it before Fettle: it is no news.
    `notes` are what could not be read of it, each with its place. Source: https://develop.sentry.dev/sdk/data-model/event-payloads/
    """

    id: UUID
    at: datetime
    platform: str = "other"
    level: ErrorLevel = ErrorLevel.ERROR
    message: str = ""
    template: str | None = None
    raised: tuple[Raised, ...] = ()
    logger: str | None = None
    transaction: str | None = None
    release: str | None = None
    dist: str | None = None
    environment: str | None = None
    server: str | None = None
    fingerprint: tuple[str, ...] = ()
    user: str | None = None
    trace: str | None = None
    sdk: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    asked: Asked | None = None
    crumbs: tuple[Crumb, ...] = ()
    contexts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: Mapping[str, UUID] = field(default_factory=dict)
    since: datetime | None = None
    notes: tuple[str, ...] = ()
