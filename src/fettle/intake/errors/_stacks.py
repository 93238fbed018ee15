"""What was raised and where: exceptions, threads, frames, as Sentry's protocol has them.

Source: https://develop.sentry.dev/sdk/data-model/event-payloads/exception/ and …/stacktrace/
"""

from typing import Any
from uuid import UUID

from fettle.intake.errors._fields import LINE, LONG, Members, Notes, cut, last, printed
from fettle.intake.errors._json import kind_of
from fettle.intake.errors.source_map import debug_id_of
from fettle.model.error_event import Frame, Raised

_MOST_RAISED = 50
# Of a call that calls itself without end, where it began and where it broke.
_OUTER_FRAMES, _INNER_FRAMES = 50, 200
_MOST_AROUND, _MOST_NAMES = 5, 50
_PATH = 1_000
_MOST_IMAGES = 5_000


def raised(event: Members, notes: Notes) -> tuple[Raised, ...]:
    """Return the chain of exceptions; a stack alone where something was only logged."""
    found = [
        one
        for index, value in enumerate(_exceptions(event, notes))
        if (one := _raised(value, f"exception.values[{index}]", notes)) is not None
    ]
    if found and found[-1].frames:
        return tuple(found)
    frames = _stack_besides(event, notes)
    if not frames:
        return tuple(found)
    if not found:
        return (Raised(frames=frames),)
    top = found[-1]
    return (*found[:-1], Raised(top.type, top.value, top.module, frames, top.handled))


def images(event: Members, chain: tuple[Raised, ...], notes: Notes) -> dict[str, UUID]:
    """Return the debug ids of the files that frames name.

    Source: https://develop.sentry.dev/sdk/data-model/event-payloads/debugmeta/
    """
    given = notes.part(event, "debug_meta", "").get("images")
    if not isinstance(given, list):
        notes.wrong(given, "debug_meta.images", "a list")
        return {}
    named = {file for one in chain for frame in one.frames for file in (frame.file, frame.path)}
    found: dict[str, UUID] = {}
    for index, one in enumerate(given[:_MOST_IMAGES]):
        match one:
            case {"type": "sourcemap", "code_file": str() as file, "debug_id": id_} if (
                file in named
            ):
                if debug_id := debug_id_of(id_):
                    found[file] = debug_id
                else:
                    notes.add(f"debug_meta.images[{index}].debug_id", "is no debug id")
    return found


def _exceptions(event: Members, notes: Notes) -> list[Any]:
    return last(
        notes.parts(event.get("exception"), "exception"), _MOST_RAISED, "exception.values", notes
    )


def _raised(value: object, place: str, notes: Notes) -> Raised | None:
    if not isinstance(value, dict):
        notes.wrong(value, place, "an object")
        return None
    at = f"{place}."
    mechanism = notes.part(value, "mechanism", at)
    found = Raised(
        type=notes.text(value, "type", at),
        value=_value(value, at, notes),
        module=notes.text(value, "module", at),
        frames=_frames(value, at, notes),
        handled=notes.truth(mechanism, "handled", f"{at}mechanism."),
    )
    return found if found.type or found.value or found.frames else None


def _value(exception: Members, place: str, notes: Notes) -> str:
    """Return what an exception says; some libraries send an object's members."""
    value = exception.get("value")
    if isinstance(value, dict | list):
        return printed(value, LONG)
    return notes.text(exception, "value", place, LONG) or ""


def _stack_besides(event: Members, notes: Notes) -> tuple[Frame, ...]:
    """Return the stack of the thread that broke, or that was at work, or of the event itself."""
    threads = [
        one
        for one in notes.parts(event.get("threads"), "threads")[:_MOST_RAISED]
        if isinstance(one, dict)
    ]
    for state in ("crashed", "current"):
        for index, thread in enumerate(threads):
            if thread.get(state) is True:
                frames = _frames(thread, f"threads.values[{index}].", notes)
                if frames:
                    return frames
    if frames := _frames(event, "", notes):
        return frames
    return _frames(threads[0], "threads.values[0].", notes) if len(threads) == 1 else ()


def _frames(of: Members, place: str, notes: Notes) -> tuple[Frame, ...]:
    at = f"{place}stacktrace."
    stack = of.get("stacktrace")
    if not isinstance(stack, dict):
        notes.wrong(stack, f"{place}stacktrace", "an object")
        return ()
    frames = stack.get("frames")
    if not isinstance(frames, list):
        notes.wrong(frames, f"{at}frames", "a list")
        return ()
    if len(frames) > _OUTER_FRAMES + _INNER_FRAMES:
        notes.add(f"{at}frames", f"are {len(frames)}, of which those in the middle are not kept")
        frames = frames[:_OUTER_FRAMES] + frames[-_INNER_FRAMES:]
    return tuple(
        frame
        for index, one in enumerate(frames)
        if (frame := _frame(one, f"{at}frames[{index}]", notes)) is not None
    )


def _frame(value: object, place: str, notes: Notes) -> Frame | None:
    if not isinstance(value, dict):
        notes.wrong(value, place, "an object")
        return None
    at = f"{place}."
    text = notes.text
    names = value.get("vars")
    return Frame(
        text(value, "function", at) or text(value, "raw_function", at),
        text(value, "module", at),
        text(value, "filename", at, LINE) or text(value, "package", at, LINE),
        text(value, "abs_path", at, _PATH),
        notes.number(value, "lineno", at),
        notes.number(value, "colno", at),
        notes.truth(value, "in_app", at),
        _line(text(value, "context_line", at, LINE)),
        *_near(value, at, notes),
        notes.texts(names, f"{at}vars", _MOST_NAMES) if names else {},
    )


def _line(text: str | None) -> str | None:
    """Return a line of source without its end, which Ruby's library sends along."""
    return text and text.rstrip("\r\n")


def _lines(of: Members, name: str, place: str, notes: Notes) -> tuple[str, ...]:
    value = of.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        notes.wrong(value, f"{place}{name}", "a list")
        return ()
    if any(not isinstance(one, str) for one in value):
        bad = next(one for one in value if not isinstance(one, str))
        notes.add(f"{place}{name}", f"holds {kind_of(bad)} where lines belong")
        return ()
    return tuple([cut(one, LINE).rstrip("\r\n") for one in value])


def _near(of: Members, place: str, notes: Notes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines around that of a frame."""
    before = _lines(of, "pre_context", place, notes)[-_MOST_AROUND:]
    after = _lines(of, "post_context", place, notes)[:_MOST_AROUND]
    if notes.has_room(sum(map(len, before)) + sum(map(len, after)), f"{place}pre_context"):
        return before, after
    return (), ()
