"""Batch modes: a JSON object a line in, one a line out, in order, as soon as it is known."""

import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from fettle.errors import BadPayload
from fettle.frontends.cli import exits

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    AskedT = TypeVar("AskedT", bound=BaseModel)


def answer(
    lines: Iterable[bytes],
    shape: "type[AskedT]",
    decide: "Callable[[AskedT], Mapping[str, object]]",
) -> int:
    """Answer each line; one that is not of the shape gets {"error": "…"}, and the rest goes on."""
    return _streamed(lines, lambda line: _answered(line, shape, decide))


def answer_each(lines: Iterable[bytes], decide: "Callable[[bytes], Mapping[str, object]]") -> int:
    """Answer each line, of which `decide` reads the shape; BadPayload becomes {"error": "…"}."""

    def answered(line: bytes) -> Mapping[str, object]:
        try:
            return decide(line.removeprefix(BOM_UTF8))
        except BadPayload as error:
            return {"error": error.reason}

    return _streamed(lines, answered)


def _streamed(lines: Iterable[bytes], answered: "Callable[[bytes], Mapping[str, object]]") -> int:
    from fettle.frontends.report.as_json import dumped

    for line in lines:
        sys.stdout.write(dumped(answered(line)) + "\n")
        sys.stdout.flush()
    return exits.OK


def _answered(
    line: bytes,
    shape: "type[AskedT]",
    decide: "Callable[[AskedT], Mapping[str, object]]",
) -> dict[str, object]:
    from pydantic import ValidationError

    try:
        # Files made on Windows begin with a mark of their encoding.
        asked = shape.model_validate_json(line.removeprefix(BOM_UTF8))
    except ValidationError as error:
        return {"error": "; ".join(_said(error))}
    return dict(decide(asked))


def _said(error: "ValidationError") -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(part) for part in problem["loc"])
        yield f"{place}: {problem['msg']}" if place else problem["msg"]
