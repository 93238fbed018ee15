"""The known errors: a file for each, ours beside this one, and a team's own in its folder."""

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fettle.errors import BadSettings
from fettle.model.known_error import Catalogue, KnownError, Signs, Solution
from fettle.model.quantity import Ratio

FOLDER = Path(__file__).with_name("known_errors")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SolutionFile(_Part):
    """One thing that may cure it."""

    does: str = Field(min_length=1, max_length=2000, description="what to do, as a sentence")


class SignsFile(_Part):
    """What it is told by."""

    says: tuple[str, ...] = Field((), description="phrases: `a|b`, `…` for some words, `#`")
    sqlstate: tuple[str, ...] = Field((), description="SQLSTATEs, five letters or digits")
    errno: tuple[str, ...] = Field((), description="the system's or driver's names and numbers")
    status: tuple[int, ...] = Field((), description="HTTP statuses")
    exception: tuple[str, ...] = Field((), description="classes of exceptions, without package")


class KnownErrorFile(_Part):
    """A known error as it is written; the file's name is its id."""

    title: str = Field(min_length=1, max_length=200, description="what has happened")
    cause: str = Field(min_length=1, description="why it happens")
    tell: str = Field("", description="how to tell that it is this, and which part of it")
    solution: tuple[SolutionFile, ...] = Field(min_length=1, description="what cures it, in order")
    certain: SignsFile = Field(SignsFile(), description="what tells it by itself")
    likely: SignsFile = Field(SignsFile(), description="what tells it together with others")
    hint: SignsFile = Field(SignsFile(), description="what decides between equals")
    against: SignsFile = Field(SignsFile(), description="what says that it is something else")
    checks: tuple[str, ...] = Field((), description="checks that show more of it")
    fixes: tuple[str, ...] = Field((), description="fixes that may help")
    rate: float | None = Field(None, ge=0, le=1, description="how often they helped elsewhere")


@cache
def shipped() -> Catalogue:
    """Return the known errors that Fettle brings along."""
    return dict(_read(FOLDER.glob("*.toml")))


def with_own(folder: Path) -> Catalogue:
    """Return these, and a team's own; one of the same id takes the place of ours.

    Raises BadSettings for a folder or a file that cannot be read, saying where it is wrong.
    """
    if not folder.is_dir():
        raise BadSettings(f"[errors] known: there is no folder {folder}")
    return {**shipped(), **dict(_read(folder.glob("*.toml")))}


def _read(files: Iterable[Path]) -> Iterator[tuple[str, KnownError]]:
    for file in sorted(files):
        name = file.stem.replace("-", "_")
        yield name, _known(name, _parsed(file))


def _parsed(file: Path) -> KnownErrorFile:
    try:
        return KnownErrorFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{file} cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSettings(f"{file}: {where}: {first['msg']}") from None


def _known(name: str, given: KnownErrorFile) -> KnownError:
    return KnownError(
        name,
        given.title,
        given.cause,
        given.tell,
        tuple(Solution(one.does) for one in given.solution),
        certain=_signs(given.certain),
        likely=_signs(given.likely),
        hint=_signs(given.hint),
        against=_signs(given.against),
        checks=given.checks,
        fixes=given.fixes,
        rate=None if given.rate is None else Ratio(given.rate),
    )


def _signs(given: SignsFile) -> Signs:
    return Signs(**dict(given))
