"""Links to pages; who is not logged in has some that are signed.

The key that they are signed with leaves the store only to sign. One by which who was told of an
issue acknowledges it names the issue and the receiver, and ends. It asks before it acts: programs
that look at every link in a message acknowledge nothing. One to a team's calendar names the team,
and holds as long as the key; so does the one to the calendar of maintenance.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fettle.errors import NotIdentified

KEY = "links"
LIFETIME = timedelta(days=7)
_LONGEST = 1000
_ACKNOWLEDGE, _CALENDAR, _MAINTENANCE = b"acknowledge:", b"calendar:", b"maintenance:"
_APPROVE = b"approve step:"


@dataclass(frozen=True)
class Asked:
    """What a link is for: an issue, and who was told of it."""

    issue: int
    receiver: str


@dataclass(frozen=True)
class AskedStep:
    """What a link is about: a step that a run of a task waits with; and who was told of it."""

    run: int
    step: int
    receiver: str


@dataclass(frozen=True)
class Links:
    """Make links under `url`, which has no slash at its end, and read what comes back by them."""

    url: str
    key: bytes = field(repr=False)

    def issue(self, number: int) -> str:
        """Return where an issue is seen, by who is logged in."""
        return f"{self.url}/issues/{number}"

    def error(self, id_: int) -> str:
        """Return where an application's error is seen, by who is logged in."""
        return f"{self.url}/errors/{id_}"

    def acknowledge(self, number: int, receiver: str, now: datetime) -> str:
        """Return a link by which a receiver acknowledges an issue, for a week."""
        until = int((now + LIFETIME).timestamp())
        said = json.dumps([number, receiver, until], separators=(",", ":")).encode()
        return f"{self.url}/acknowledge/{_written(said)}.{_written(self._signature(said))}"

    def task_run(self, number: int) -> str:
        """Return where a run of a task is seen, by who is logged in."""
        return f"{self.url}/maintenance/runs/{number}"

    def approve(self, run: int, step: int, receiver: str, now: datetime) -> str:
        """Return a link by which a receiver decides about a step that waits, for a week."""
        until = int((now + LIFETIME).timestamp())
        said = json.dumps([run, step, receiver, until], separators=(",", ":")).encode()
        return f"{self.url}/approve/{_written(said)}.{_written(self._signature(said, _APPROVE))}"

    def read_approval(self, token: str, now: datetime) -> AskedStep:
        """Return what a link is about; raises NotIdentified when it is not ours, or has ended."""
        document = self._signed(token, _APPROVE)
        if document is None:
            raise NotIdentified(
                "the link is none of ours, or was cut", remedy="open the run, and decide there"
            )
        run, step, receiver, until = json.loads(document)
        if datetime.fromtimestamp(until, UTC) < now:
            raise NotIdentified("the link has ended", remedy="open the run, and decide there")
        return AskedStep(run, step, receiver)

    def calendar(self, team: str) -> str:
        """Return a link to a team's turns, for programs that show calendars."""
        said = team.encode()
        signature = _written(self._signature(said, _CALENDAR))
        return f"{self.url}/oncall/{_written(said)}.{signature}.ics"

    def team_of(self, token: str) -> str:
        """Return the team whose calendar a link is to; raises NotIdentified."""
        document = self._signed(token, _CALENDAR)
        if document is None:
            raise NotIdentified("the link is none of ours", remedy="copy it from the page On-call")
        return document.decode()

    @property
    def maintenance(self) -> str:
        """The link to the calendar of maintenance."""
        signature = _written(self._signature(b"", _MAINTENANCE))
        return f"{self.url}/maintenance/{signature}.ics"

    def refuse_strange(self, token: str) -> None:
        """Refuse what is not the token of that link; raises NotIdentified."""
        if self._signed(f".{token}", _MAINTENANCE) is None:
            raise NotIdentified("the link is none of ours", remedy="copy it from Maintenance")

    def read(self, token: str, now: datetime) -> Asked:
        """Return what a link is for; raises NotIdentified when it is not ours, or has ended."""
        document = self._signed(token)
        if document is None:
            raise NotIdentified(
                "the link is none of ours, or was cut", remedy="open the issue, and acknowledge it"
            )
        number, receiver, until = json.loads(document)
        if datetime.fromtimestamp(until, UTC) < now:
            raise NotIdentified(
                "the link has ended", remedy="open the issue, and acknowledge it there"
            )
        return Asked(number, receiver)

    def _signed(self, token: str, purpose: bytes = _ACKNOWLEDGE) -> bytes | None:
        """Return what a token says, None when we have not signed it."""
        said, _, signature = token[:_LONGEST].partition(".")
        try:
            document, theirs = _read(said), _read(signature)
        except (ValueError, binascii.Error):
            return None
        return document if hmac.compare_digest(theirs, self._signature(document, purpose)) else None

    def _signature(self, said: bytes, purpose: bytes = _ACKNOWLEDGE) -> bytes:
        return hmac.digest(self.key, purpose + said, hashlib.sha256)


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _read(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
