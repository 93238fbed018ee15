"""Takes secrets out of an event, before it is stored.

A secret is told by its name (of a header, a variable, a field of a body, a query, a context) or by
itself (a key, a token, the password of an address, the number of a card). What an error says stays
as far as it can: `password authentication failed for user "app"` names no secret.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from fettle.errors import BadPayload, BadSettings
from fettle.intake.errors._fields import LONG, printed
from fettle.intake.errors._json import document
from fettle.intake.errors._secrets import SECRET, Names, Shapes
from fettle.model.error_event import Asked, Crumb, ErrorEvent, Frame, Raised
from fettle.model.expression import compiled_of_something

_SCRUBBED = "[scrubbed]"
_BETWEEN = "\0"
# Of these the names are those of packages, and the values their versions.
_NO_SECRETS = frozenset({"modules"})
_MOST_NAMES = 4096
_ANCHOR = re.compile(r"[\^$]|\\[AzZ]")
_LEFT = re.compile(r"\[(?:scrubbed|secret|token|key|card number|private key)\]")

Texts = dict[str, str]


def is_scrubbed(text: str) -> bool:
    """Whether something was taken out of a text."""
    return _LEFT.search(text) is not None


@dataclass(frozen=True)
class _Rule:
    """An expression of a team's; `anchored` is whether it may ask where a text begins or ends."""

    expression: Any
    anchored: bool


def _rule(pattern: str) -> _Rule:
    try:
        return _Rule(compiled_of_something(pattern), _ANCHOR.search(pattern) is not None)
    except ValueError as error:
        raise BadSettings(f"[errors] scrub: {error}") from None


@dataclass(frozen=True)
class Scrubbing:
    """What is taken out: what looks like a secret, and what a team says.

    `patterns` are RE2's expressions of what must never be stored, `names` parts of the names of
    what is as secret as a password. Raises BadSettings, which says what of it cannot be used.
    """

    patterns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    _compiled: tuple[_Rule, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", tuple(_rule(one) for one in self.patterns))

    def event(self, event: ErrorEvent) -> ErrorEvent:
        """Return an event without secrets."""
        event = self._without_named(event)
        prose = self._changed(_prose(event), self._shapes.prose)
        source = self._changed(_source(event), self._shapes.source)
        return _turned(event, prose, source) if prose or source else event

    def text(self, text: str) -> str:
        """Return a text that is no part of an event without secrets."""
        return self._changed([text], self._shapes.prose).get(text, text)

    def _changed(self, texts: Iterable[str], turn: Callable[[bytes], bytes]) -> Texts:
        """Return those of these texts that hold secrets, and what is left of each."""
        given = list(dict.fromkeys(texts))
        together = _BETWEEN.join(given).encode("utf-8", "replace")
        turned = turn(together)
        found: Texts = {}
        if turned is not together:
            parts = turned.decode("utf-8", "replace").split(_BETWEEN)
            if len(parts) != len(given):  # a text had a NUL in it
                parts = [turn(one.encode("utf-8", "replace")).decode() for one in given]
            found = {one: part for one, part in zip(given, parts, strict=True) if one != part}
        for rule in self._compiled:
            if rule.anchored or rule.expression.search(together) is not None:
                for one in given:
                    if rule.expression.search(left := found.get(one, one)) is not None:
                        found[one] = rule.expression.sub(_SCRUBBED, left)
        return found

    def _without_named(self, event: ErrorEvent) -> ErrorEvent:
        """Return an event without the values of what has a secret's name."""
        asked = event.asked
        return replace(
            event,
            tags=self._named(event.tags),
            raised=tuple(self._raised(one) for one in event.raised),
            asked=asked
            and replace(
                asked,
                headers=self._named(asked.headers),
                body=asked.body and self._structured(asked.body),
            ),
            contexts={
                name: one if name in _NO_SECRETS else self._context(name, one)
                for name, one in event.contexts.items()
            },
        )

    def _raised(self, one: Raised) -> Raised:
        if not any(frame.names for frame in one.frames):
            return one
        return replace(one, frames=tuple(self._frame(frame) for frame in one.frames))

    def _frame(self, frame: Frame) -> Frame:
        names = self._named(frame.names)
        return frame if names is frame.names else replace(frame, names=names)

    def _context(self, name: str, values: Mapping[str, str]) -> Mapping[str, str]:
        if self._is_secret(name):
            return dict.fromkeys(values, SECRET)
        return self._named(values)

    def _named(self, values: Mapping[str, str]) -> Mapping[str, str]:
        secret, structured = self._is_secret, self._structured
        left = {
            name: SECRET if secret(name) and value else structured(value)
            for name, value in values.items()
        }
        return values if left == values else left

    def _structured(self, text: str) -> str:
        """Return JSON without the values of what has a secret's name; other texts as they are."""
        if text[:1] not in ("{", "["):
            return text
        try:
            found = document(text.encode("utf-8", "replace"), "a text")
        except BadPayload:  # it only began like JSON
            return text
        left = self._without(found)
        return text if left == found else printed(left, LONG)

    def _without(self, value: object) -> object:
        if isinstance(value, dict):
            return {
                name: SECRET if one and self._is_secret(name) else self._without(one)
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [self._without(one) for one in value]
        return value

    @cached_property
    def _is_secret(self) -> Callable[[str], bool]:
        return lru_cache(_MOST_NAMES)(Names(self.names).tell)

    @cached_property
    def _shapes(self) -> Shapes:
        return Shapes(Names(self.names))


def _prose(event: ErrorEvent) -> Iterator[str]:
    """Yield the texts in which something was said, asked, held or logged."""
    yield event.message
    yield from (event.template or "", event.transaction or "", event.user or "")
    yield from event.fingerprint
    yield from event.tags.values()
    yield from event.notes
    for one in event.raised:
        yield one.value
        for frame in one.frames:
            yield from (frame.file or "", frame.path or "")
            yield from frame.names.values()
    if (asked := event.asked) is not None:
        yield from (asked.url or "", asked.query or "", asked.body or "")
        yield from asked.headers.values()
    yield from (crumb.message for crumb in event.crumbs)
    for name, context in event.contexts.items():
        if name not in _NO_SECRETS:
            yield from context.values()


def _source(event: ErrorEvent) -> Iterator[str]:
    """Yield the lines of source."""
    for one in event.raised:
        for frame in one.frames:
            if frame.context is not None:
                yield frame.context
                yield from frame.before
                yield from frame.after


def _turned(event: ErrorEvent, prose: Texts, source: Texts) -> ErrorEvent:
    """Return an event with other texts in the place of those that held secrets."""
    turn = prose.get
    return replace(
        event,
        message=turn(event.message, event.message),
        template=_maybe(event.template, prose),
        transaction=_maybe(event.transaction, prose),
        user=_maybe(event.user, prose),
        fingerprint=_each(event.fingerprint, prose),
        tags=_values(event.tags, prose),
        notes=_each(event.notes, prose),
        raised=tuple(_turned_raised(one, prose, source) for one in event.raised),
        asked=event.asked and _turned_asked(event.asked, prose),
        crumbs=tuple(_turned_crumb(one, prose) for one in event.crumbs),
        contexts={
            name: one if name in _NO_SECRETS else _values(one, prose)
            for name, one in event.contexts.items()
        },
        images={prose.get(file, file): one for file, one in event.images.items()},
    )


def _turned_raised(one: Raised, prose: Texts, source: Texts) -> Raised:
    frames = tuple([_turned_frame(frame, prose, source) for frame in one.frames])
    return replace(one, value=prose.get(one.value, one.value), frames=frames)


def _turned_frame(frame: Frame, prose: Texts, source: Texts) -> Frame:
    """Return a frame; the same where nothing of it was turned, as nearly always."""
    names = _values(frame.names, prose)
    untouched = names is frame.names and prose.keys().isdisjoint((frame.file, frame.path))
    if untouched and source.keys().isdisjoint((frame.context, *frame.before, *frame.after)):
        return frame
    return replace(
        frame,
        file=_maybe(frame.file, prose),
        path=_maybe(frame.path, prose),
        context=_maybe(frame.context, source),
        before=_each(frame.before, source),
        after=_each(frame.after, source),
        names=names,
    )


def _turned_asked(asked: Asked, prose: Texts) -> Asked:
    return replace(
        asked,
        url=_maybe(asked.url, prose),
        query=_maybe(asked.query, prose),
        body=_maybe(asked.body, prose),
        headers=_values(asked.headers, prose),
    )


def _turned_crumb(crumb: Crumb, prose: Texts) -> Crumb:
    said = prose.get(crumb.message)
    return crumb if said is None else replace(crumb, message=said)


def _maybe(text: str | None, turned: Texts) -> str | None:
    return None if text is None else turned.get(text, text)


def _each(texts: tuple[str, ...], turned: Texts) -> tuple[str, ...]:
    return tuple([turned.get(text, text) for text in texts])


def _values(of: Mapping[str, str], turned: Texts) -> Mapping[str, str]:
    if turned.keys().isdisjoint(of.values()):
        return of
    return {name: turned.get(text, text) for name, text in of.items()}
