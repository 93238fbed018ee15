"""What the stages ask of the outside; `main` hands them something that can do it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from fettle.model.advice import Advice, Worded, Wording
from fettle.model.finding import Unknown
from fettle.model.notification import Queued, Receiver
from fettle.model.remedy import Call
from fettle.model.sentry import SentryIssue, SentryPage
from fettle.model.server import Server
from fettle.model.sign_on import Begun, Identity
from fettle.model.signed import Signed

ReadingT = TypeVar("ReadingT")


@dataclass(frozen=True)
class Rows:
    """An answer as it came: its columns' names, and a tuple for each row."""

    columns: tuple[str, ...]
    values: Sequence[tuple[object, ...]]


class Database(Protocol):
    """A PostgreSQL database that can be looked at, and by looking cannot be harmed."""

    @property
    def server(self) -> Server:
        """The server as it was when the connection was made."""

    async def read(self, statement: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Ask one question, read-only, within the connection's time and lock limits.

        `{name}` in the statement is the schema of the extension `name`.
        Raises CannotLook with the reason, and what would let it be looked at.
        """

    async def plans(
        self,
        statement: str,
        indexes: Sequence[str] = (),
        *,
        search_path: str | None = None,
        within: timedelta | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """Return a statement's plan (EXPLAIN's JSON), which is not executed.

        After it, for each of the hypothetical `indexes` the plan that may use it alone, where the
        server has hypopg. The names in the statement are looked for along `search_path`, the
        database's own if none is given. Each step takes at most `within`. Raises CannotLook.
        """


class Source(Protocol):
    """Somewhere that readings of one target come from; by looking nothing is harmed."""

    @property
    def name(self) -> str:
        """What people call it, without secrets."""

    @property
    def offers(self) -> Collection[type]:
        """The kinds of readings (model.readings) that it may know something of."""

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """Return the readings of a kind, and what of them could not be read.

        None at all means that there is nothing of that kind to be judged. Raises CannotLook when
        nothing could be read.
        """


class MendableDatabase(Database, Protocol):
    """A database that a Fix may act on."""

    async def act(self, statement: str) -> Rows:
        """Run one statement outside any transaction. Raises ActFailed."""

    def answers(self, statement: str) -> AsyncIterator[Rows]:
        """Run statements, and yield what they answer in parts, as it comes; it may be endless.

        Values are texts, cut where they are long; a part without values is an answer without rows,
        or its end. Raises ActFailed; the database can be asked nothing more then.
        """

    async def limit(self, *, lock_timeout_ms: int, statement_timeout_s: int) -> None:
        """Set how long each act that follows may wait for a lock, and may take."""

    def locked(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Hold Fettle's advisory lock of that name; False when somebody else holds it."""


class Journal(Protocol):
    """Where a run writes what it does; what `write` returned from is on disk."""

    async def write(self, event: str, detail: Mapping[str, object]) -> None:
        """Append an entry."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return this moment, with its zone."""

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""


class Notify(Protocol):
    """What hands notifications over."""

    async def hand_over(self, queued: Queued, receiver: Receiver, now: datetime) -> None:
        """Return when the receiver's service has taken the message; raises ActFailed."""


class Calls(Protocol):
    """What makes the calls of remedies."""

    async def make(self, call: Call, key: str, now: datetime) -> int:
        """Make a call under its key, and return the status that was answered.

        Raises NotAllowed for an address that may not be called, and Unreachable: then nothing was
        sent. Raises ActFailed when it was sent, and no answer came: it may have been heard.
        """

    async def probe(self, url: str) -> int:
        """Ask an address, and return the status that was answered; raises NotAllowed, Unreachable.

        Nothing is to be changed by it.
        """


class Commands(Protocol):
    """What runs programs for tasks."""

    async def run(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        say: Callable[[str], Awaitable[None]],
    ) -> int:
        """Run a program without a shell, and return its exit status, -9 for signal 9.

        It is given little of the worker's environment, and `environment`; what it says is passed on
        line by line, within bounds. When this is cancelled, all that it has started is ended.
        Raises CannotLook where there is no such program.
        """


class Sentry(Protocol):
    """A Sentry that a team has, within one organization of it.

    Each raises Unreachable when no answer came or one that no Sentry gives, NotAllowed where the
    token may not, NotFound for what is not there, TooLarge for what is told in more than is read,
    and TooMuch with how long it wants to be left alone.
    """

    async def issues(self, project: str, cursor: str | None = None) -> SentryPage:
        """Return a project's issues that are not resolved, the one that was seen last first."""

    async def issue(self, id_: str) -> SentryIssue:
        """Return an issue by its number."""

    async def named(self, short_id: str) -> SentryIssue:
        """Return an issue by its short id, like SHOP-1A."""

    async def latest_event(self, id_: str) -> bytes:
        """Return the latest event of an issue, as JSON."""

    async def resolve(self, id_: str, *, in_next_release: bool) -> None:
        """Say there that an issue is resolved."""


class Advisor(Protocol):
    """Somebody who is asked about a piece of trouble, and may be wrong."""

    async def advise(self, question: str) -> Advice:
        """Answer within a time limit; raises CannotLook when there is no answer."""

    async def word(self, wording: Wording, evidence: str) -> Worded:
        """Put evidence into words within a time limit; raises CannotLook when there are none."""


class Signatures(Protocol):
    """What proves that a message comes from Amazon SNS."""

    async def prove(self, signed: Signed) -> None:
        """Return when it does.

        Raises NotAllowed when it does not, and Unreachable when that cannot be found out now.
        """

    async def confirm(self, url: str) -> None:
        """Confirm a subscription by calling its address; raises NotAllowed and Unreachable."""


class SignOn(Protocol):
    """An OpenID provider by which people log in."""

    @property
    def name(self) -> str:
        """What it is called in addresses."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def issuer(self) -> str:
        """What it is called in its tokens."""

    async def begin(self, back: str, begun: Begun) -> str:
        """Return where to send a browser that is to come `back`; raises CannotLook."""

    async def end(self, back: str, code: str, begun: Begun) -> Identity:
        """Return who has come back with a code.

        Raises NotAllowed when it proves nothing, and CannotLook when that cannot be found out now.
        """
