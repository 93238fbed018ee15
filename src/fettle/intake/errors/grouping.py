"""Which events are one bug: a key of where it was raised, what, and what it said.

1. What a rule of the team's own says, then what the application's fingerprint says; either may
   build on the key that would have been made, as `{{ default }}`.
2. The application's own calls of the stack, by function and module or file, together with the
   type and the message without its values. Of a chain each exception counts: the same failure
   behind another cause is another bug.
3. Without calls of its own, all calls; without any, the type and the message; of what was logged,
   the logger and the text before its parameters were filled in.

`VERSION` is part of every key: it rises when the same event would get another one.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from fettle.intake.errors import browsers, masks, places
from fettle.intake.errors.functions import SCRIPTS, family_of
from fettle.intake.errors.rules import GroupingRules, filled, is_default
from fettle.intake.errors.spelled import as_spelled
from fettle.model.error_event import ErrorEvent, Raised
from fettle.model.error_group import GroupKey

VERSION = 1
NO_RULES = GroupingRules()
_UNTITLED = "An error without a name"
_LONGEST_TITLE = 200
_LONGEST_PART = 1_000
_MOST_SHOWN = 6
# A longer chain is a loop of wrapping; its ends tell it.
_MOST_RAISED = 5
# These say nothing but a name: of a key, a template, a setting.
_SAYING_A_NAME = (
    "KeyError KeyNotFoundError TemplateDoesNotExist TemplateNotFound UndefinedError NameError "
    "MissingKeyError NoSuchElementException MissingResourceException FieldDoesNotExist"
)
_BARE = frozenset(_SAYING_A_NAME.split())
_QUOTED = re.compile(r"(['\"])([^\n]{1,200})\1|()([^\s'\"]{1,200})")
# Too few letters for a name that a compiler has left as it was.
_MINIFIED = re.compile(r"[a-z$_]{1,2}|[A-Z]")


def group_key(event: ErrorEvent, rules: GroupingRules = NO_RULES) -> GroupKey:
    """Return the key that joins an event with its like, and in words what it was made of."""
    rule = rules.of(event)
    if rule is not None and rule.fingerprint:
        return _fingerprinted(event, rule.fingerprint, "a rule of the team's gave")
    if event.fingerprint:
        return _fingerprinted(event, event.fingerprint, "the application gave")
    return _default(event)


def title(event: ErrorEvent, rules: GroupingRules = NO_RULES) -> str:
    """Return what a bug is called: the type, and the first line of what it says."""
    rule = rules.of(event)
    if rule is not None and rule.title:
        return rule.title[:_LONGEST_TITLE]
    top = _top(event)
    said = _first_line(top.value if top and top.value else event.message)
    type_ = (top.type or "")[:_LONGEST_TITLE] if top else ""
    named = ": ".join(filter(None, (type_, said)))
    return _shortened(named or event.transaction or _UNTITLED)


def culprit(event: ErrorEvent) -> str:
    """Return where it was raised: the innermost call of the application's own, or the request."""
    for one in reversed(event.raised):
        frame = places.innermost_own(one.frames, event.platform)
        if frame is not None:
            return _shortened(str(places.place_of(frame, event.platform)))
    return _shortened(event.transaction or "")


def _fingerprinted(event: ErrorEvent, fingerprint: Sequence[str], who: str) -> GroupKey:
    default = _default(event)
    if all(map(is_default, fingerprint)):
        return default
    parts = [filled(part, event, default.key)[:_LONGEST_PART] for part in fingerprint]
    shown = ", ".join(part for part in fingerprint if not is_default(part))
    why: tuple[str, ...] = (f"the fingerprint that {who}: {_shortened(shown)}",)
    if any(default.key in part for part in parts):
        why = (*why, *default.why)
    return GroupKey(_hashed(["fingerprint", *parts]), why, VERSION)


def _default(event: ErrorEvent) -> GroupKey:
    parts: list[str] = []
    why: list[str] = []
    for one in _chain(event.raised):
        made = list(_of_raised(one, event.platform))
        if "\0".join(part for part, _ in made) in parts:
            continue  # one of a group of errors that are alike, however many there were
        parts.append("\0".join(part for part, _ in made))
        why += [words for _, words in made if words]
    if not any(one.type or one.value for one in event.raised):
        made = list(_of_message(event))
        parts += [part for part, _ in made]
        why += [words for _, words in made]
    return GroupKey(_hashed(parts), tuple(dict.fromkeys(why)), VERSION)


def _chain(raised: Sequence[Raised]) -> Sequence[Raised]:
    if len(raised) <= 2 * _MOST_RAISED:
        return raised
    return [*raised[:_MOST_RAISED], *raised[-_MOST_RAISED:]]


def _of_raised(one: Raised, platform: str) -> Iterator[tuple[str, str]]:
    """Yield what an exception adds to a key, each with the words for it."""
    type_, said, exact = _said(one, platform)
    if type_:
        yield f"type {type_}", f"the type: {type_}"
    most = 1 if exact else places.SHOWN_BY_BROWSERS
    stack = places.stack_of(one.frames, platform, most)
    if stack.places:
        whose = "the application's frames" if stack.own else "the frames, none the application's"
        told = [f"{place.where}\1{place.function}\1{place.line}" for place in stack.places]
        yield "stack " + "\2".join(told), f"{whose}: {_shown(stack.places)}"
    if said:
        yield f"says {said}", f"the message without its numbers and names: {said}"


def _shown(places: Sequence[places.Place]) -> str:
    inner = [str(place) for place in reversed(places[-_MOST_SHOWN:])]
    more = len(places) - len(inner)
    return _shortened(" ← ".join(inner)) + (f" and {more} more" if more else "")


def _said(one: Raised, platform: str) -> tuple[str, str, bool]:
    """Return an exception's type and what it says, without what differs from time to time.

    And whether that names what was wrong at the place where it stopped.
    """
    type_ = (one.type or "")[:_LONGEST_TITLE]
    value = one.value[: masks.LONGEST + 1]
    if family_of(platform) in SCRIPTS:
        value = value.removeprefix(f"{type_}: ")
        if (told := browsers.told(value.strip().replace("\n", " "))) is not None:
            return told.type or type_, told.says, told.names
        type_ = _MINIFIED.sub("*", type_) if _MINIFIED.fullmatch(type_) else type_
    source = _source(one, platform)
    if type_.rsplit(".", 1)[-1] in _BARE and (bare := _QUOTED.fullmatch(value.strip())):
        return type_, _bare(bare[2] or bare[4], source), False
    for line in source:
        spelled = as_spelled(value, line)
        if spelled != value:
            return type_, masks.masked(spelled, line), False
    return type_, masks.masked(value, " ".join(source)), False


def _source(one: Raised, platform: str) -> list[str]:
    """Return the lines of source that may have raised it, where they are known."""
    if not one.frames:
        return []
    own = places.innermost_own(one.frames, platform)
    lines = (frame.context for frame in (one.frames[-1], own) if frame is not None)
    return [line[:_LONGEST_PART] for line in dict.fromkeys(lines) if line]


def _bare(name: str, source: Sequence[str]) -> str:
    """Return a name that is all that an exception says, if the programme spells it itself."""
    known = masks.name_of(name)
    spelled = re.compile(rf"['\"`:.]{re.escape(name)}(?!\w)")
    if known is None or (source and not any(spelled.search(line) for line in source)):
        return masks.MASK
    return f"'{known}'"


def _of_message(event: ErrorEvent) -> Iterator[tuple[str, str]]:
    if event.logger:
        yield f"logger {event.logger}", f"the logger: {event.logger}"
    said = masks.masked(event.template or event.message)
    if said:
        yield f"says {said}", f"the message without its numbers and names: {said}"
    else:
        where = event.transaction or ""
        yield f"where {where}", f"it says nothing; where it happened: {where or 'unknown'}"


def _hashed(parts: Sequence[str]) -> str:
    text = "\3".join((f"v{VERSION}", *parts))
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _top(event: ErrorEvent) -> Raised | None:
    """Return the exception that reached the top."""
    return next((one for one in reversed(event.raised) if one.type or one.value), None)


def _first_line(text: str) -> str:
    lines = text[: masks.LONGEST].split("\n")
    return next((line.strip() for line in lines if line.strip()), "")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"
