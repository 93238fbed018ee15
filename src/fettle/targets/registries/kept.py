"""What registries have answered, kept on disk: so that they are asked only whether it still holds.

What is kept is what was made of an answer, not the answer: some are larger than a hundred megabytes
altogether. A file that cannot be read is as if there were none.
"""

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from fettle.model.update import Offers

_UNUSED = timedelta(days=30)
_FORM = 4  # of what is kept; raised when more is made of an answer


@dataclass(frozen=True)
class Answered:
    """What a registry answered; `etag` and `modified` are what it is asked by whether it holds.

    Until `holds_until` it need not even be asked.
    """

    url: str
    offers: Offers
    at: datetime
    holds_until: datetime
    etag: str | None = None
    modified: str | None = None
    form: int = _FORM


class Kept:
    """A folder of answers, one file each; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, url: str, accept: str) -> Answered | None:
        """Return what was answered to a question, None where it is not known."""
        if self._folder is None:
            return None
        try:
            kept = msgspec.json.decode(self._file(url, accept).read_bytes(), type=Answered)
        except (OSError, msgspec.DecodeError):
            return None
        return kept if kept.url == url and kept.form == _FORM else None

    def keep(self, url: str, accept: str, answered: Answered) -> None:
        """Keep an answer; a full or unwritable disk only means to ask again."""
        self._write(url, accept, msgspec.json.encode(answered))

    def text(self, key: str) -> str | None:
        """Return a text that was kept, None where it is not known."""
        if self._folder is None:
            return None
        try:
            return self._file(key, "text").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def keep_text(self, key: str, text: str) -> None:
        """Keep a text, by what it always is the same for."""
        self._write(key, "text", text.encode("utf-8", "replace"))

    def let_go(self, now: datetime) -> None:
        """Delete what nobody has asked for in a month."""
        if self._folder is None:
            return
        oldest = (now - _UNUSED).timestamp()
        with suppress(OSError):
            for file in self._folder.iterdir():
                with suppress(OSError):
                    if file.stat().st_mtime < oldest:
                        file.unlink()

    def _write(self, url: str, accept: str, content: bytes) -> None:
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).replace(self._file(url, accept))
            except OSError:
                Path(name).unlink(missing_ok=True)

    def _file(self, url: str, accept: str) -> Path:
        assert self._folder is not None  # noqa: S101 - asked only where there is one
        name = hashlib.sha256(f"{url}\n{accept}".encode()).hexdigest()
        return self._folder / f"{name}.json"
