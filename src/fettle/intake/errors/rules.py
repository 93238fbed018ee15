"""A team's own rules of what errors are one: what an event looks like, and what it is joined by."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fettle.model.error_event import ErrorEvent, Frame, Raised
from fettle.model.silence import Comparison, Matcher

DEFAULT = "default"
# What a rule is shown of a text, and of how many calls.
_LONGEST = 4_000
_MOST_FRAMES = 400
_NEGATIVE = (Comparison.IS_NOT, Comparison.FITS_NOT)
_VARIABLE = re.compile(r"\{\{\s*([\w.\-]{1,80})\s*\}\}")


@dataclass(frozen=True)
class GroupRule:
    """Errors that all of `when` fit are joined by `fingerprint`, and are called `title`.

    Matchers compare type, message, module, function, path, logger, transaction, platform, level,
    environment, release, server, and tags by their names. Of what an event has several of (the
    types of a chain, the functions of a stack) one is enough; with `!=` and `!~` none may be.
    An empty `fingerprint` leaves the joining as it is.
    """

    when: tuple[Matcher, ...]
    fingerprint: tuple[str, ...] = ()
    title: str | None = None


@dataclass(frozen=True)
class GroupingRules:
    """A team's rules; the first that fits counts."""

    rules: Sequence[GroupRule] = ()

    def of(self, event: ErrorEvent) -> GroupRule | None:
        """Return the rule that fits an event."""
        if not self.rules:
            return None
        facts = _facts(event)
        return next((rule for rule in self.rules if _fits(rule, facts)), None)


def filled(part: str, event: ErrorEvent, default: str) -> str:
    """Return a part of a fingerprint with its `{{ variables }}`; `{{ default }}` is our own key."""
    if "{{" not in part:
        return part
    facts = _facts(event)

    def value(match: re.Match[str]) -> str:
        name = match[1].removeprefix("error.").removeprefix("tags.")
        if name == DEFAULT:
            return default
        found = facts.get("message" if name == "value" else name)
        return found[-1] if found else ""

    return _VARIABLE.sub(value, part)


def is_default(part: str) -> bool:
    """Whether a part of a fingerprint stands for our own key, and for nothing else."""
    match = _VARIABLE.fullmatch(part.strip())
    return match is not None and match[1] == DEFAULT


def _fits(rule: GroupRule, facts: Mapping[str, tuple[str, ...]]) -> bool:
    return all(_covers(matcher, facts.get(matcher.name, ())) for matcher in rule.when)


def _covers(matcher: Matcher, values: Sequence[str]) -> bool:
    shown = ({matcher.name: value} for value in values or ("",))
    if matcher.op in _NEGATIVE:
        return all(matcher.covers(one) for one in shown)
    return any(matcher.covers(one) for one in shown)


def _facts(event: ErrorEvent) -> dict[str, tuple[str, ...]]:
    """Return what rules see; the last of several is what reached the top, or was called last."""
    frames = tuple(frame for one in event.raised for frame in one.frames[-_MOST_FRAMES:])
    facts = {
        **{name: (value,) for name, value in event.tags.items()},
        "type": _of(event.raised, "type"),
        "message": tuple(_messages(event)),
        "module": _of(frames, "module"),
        "function": _of(frames, "function"),
        "path": tuple(path[:_LONGEST] for frame in frames if (path := frame.path or frame.file)),
    }
    for name in ("logger", "transaction", "platform", "level", "environment", "release", "server"):
        if (value := getattr(event, name)) is not None:
            facts[name] = (str(value)[:_LONGEST],)
    return facts


def _of(several: Sequence[Frame] | Sequence[Raised], name: str) -> tuple[str, ...]:
    return tuple(value[:_LONGEST] for one in several if (value := getattr(one, name)))


def _messages(event: ErrorEvent) -> Iterator[str]:
    if event.message:
        yield event.message[:_LONGEST]
    yield from (one.value[:_LONGEST] for one in event.raised if one.value)
