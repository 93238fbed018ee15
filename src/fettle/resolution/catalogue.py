"""The known errors: a file for each, ours beside this one, a team's own in its folder or on pages.

A phrase stands for several: `a|b c|d` for four. All that somebody can write is bounded, so that no
phrase is slow to find: there are no expressions, only words of which a tree is made.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from math import prod
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from fettle import unit
from fettle.errors import BadSettings
from fettle.model.known_error import Catalogue, KnownError, Origin, Signs, Solution
from fettle.model.quantity import Ratio
from fettle.resolution.telling import spelled_out

FOLDER = Path(__file__).with_name("known_errors")
MOST_GAPS: Final = 3
MOST_WORDS: Final = 20
_MOST_FORMS = 256  # of a phrase; the richest of ours has 128
_MOST_FORMS_OF_ALL = 500  # of a known error; ours have 499 at most
_LONGEST_PHRASE = 300
_LONGEST_NAME = 40
_MOST_PHRASES, _MOST_FACTS = 200, 50
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
_STATE = re.compile(r"[0-9A-Z]{5}")
_NUMBER = re.compile(r"[\w.:-]{1,60}")
_CLASS = re.compile(r"[\w$.:]{1,200}")
_SAID = re.compile(r"[^\W\d_]")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _phrase(given: str) -> str:
    """Return a phrase; raises ValueError for one that tells nothing, or stands for too many."""
    phrase = _one_line(given)
    if not 0 < len(phrase) <= _LONGEST_PHRASE:
        raise ValueError(f"a phrase has 1 to {_LONGEST_PHRASE} characters")
    if _forms(phrase) > _MOST_FORMS:
        raise ValueError(f"its | make more than {_MOST_FORMS} phrases of it: write it as several")
    for words in spelled_out(phrase):
        if not any(_SAID.search(word) for word in words):
            raise ValueError(f"{' '.join(words)!r} has no word of which an error could be told")
        if "…" in (words[0], words[-1]):
            raise ValueError("… stands between words, not at an end")
        if len(words) > MOST_WORDS or words.count("…") > MOST_GAPS:
            raise ValueError(f"a phrase has {MOST_WORDS} words and {MOST_GAPS} … at most")
    if not any(spelled_out(phrase)):
        raise ValueError(f"{phrase!r} has no word of which an error could be told")
    return phrase


def _forms(phrase: str) -> int:
    return prod(slot.count("|") + 1 for slot in phrase.split())


def _state(given: str) -> str:
    if not _STATE.fullmatch(given.upper()):
        raise ValueError(f"{given[:40]!r} is no SQLSTATE: five letters or digits, like 40P01")
    return given.upper()


def _number(given: str) -> str:
    if not _NUMBER.fullmatch(given):
        raise ValueError(f"{given[:40]!r} is no name or number of an error, like ECONNREFUSED")
    return given


def _class(given: str) -> str:
    if not _CLASS.fullmatch(given):
        raise ValueError(f"{given[:40]!r} is no class of exceptions, like ConnectionError")
    return given


def _named(kind: str, found: Callable[[], Mapping[str, object]]) -> Callable[[str], str]:
    def known(given: str) -> str:
        name = given.replace("-", "_")
        if name not in found():
            raise ValueError(f"no {kind} is called {given[:60]}")
        return name

    return known


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SolutionFile(_Part):
    """One thing that may cure it."""

    does: Annotated[str, AfterValidator(_one_line)] = Field(
        min_length=1, max_length=2000, description="what to do, as a sentence"
    )


Phrase = Annotated[str, AfterValidator(_phrase)]
State = Annotated[str, AfterValidator(_state)]
Errno = Annotated[str, AfterValidator(_number)]
Status = Annotated[int, Field(ge=100, le=599)]
Class = Annotated[str, AfterValidator(_class)]


class SignsFile(_Part):
    """What it is told by."""

    says: tuple[Phrase, ...] = Field(
        (), max_length=_MOST_PHRASES, description="phrases: `a|b`, `…` for some words, `#`"
    )
    sqlstate: tuple[State, ...] = Field(
        (), max_length=_MOST_FACTS, description="SQLSTATEs, five letters or digits"
    )
    errno: tuple[Errno, ...] = Field(
        (), max_length=_MOST_FACTS, description="the system's or driver's names and numbers"
    )
    status: tuple[Status, ...] = Field((), max_length=_MOST_FACTS, description="HTTP statuses")
    exception: tuple[Class, ...] = Field(
        (), max_length=_MOST_FACTS, description="classes of exceptions, with or without package"
    )

    @property
    def tell(self) -> bool:
        """Whether there is anything among them."""
        return any(dict(self).values())


class KnownErrorFile(_Part):
    """A known error as it is written; the file's name is its id."""

    title: str = Field(min_length=1, max_length=200, description="what has happened")
    cause: str = Field(min_length=1, max_length=4000, description="why it happens")
    tell: str = Field(
        "", max_length=4000, description="how to tell that it is this, and which part of it"
    )
    solution: tuple[SolutionFile, ...] = Field(
        min_length=1, max_length=20, description="what cures it, in order"
    )
    certain: SignsFile = Field(SignsFile(), description="what tells it by itself")
    likely: SignsFile = Field(SignsFile(), description="what tells it together with others")
    hint: SignsFile = Field(SignsFile(), description="what decides between equals")
    against: SignsFile = Field(SignsFile(), description="what says that it is something else")
    checks: tuple[str, ...] = Field((), max_length=20, description="checks that show more of it")
    fixes: tuple[str, ...] = Field((), max_length=20, description="fixes that may help")
    rate: float | None = Field(None, ge=0, le=1, description="how often they helped elsewhere")


class OwnErrorFile(KnownErrorFile):
    """A known error as a team writes it, in a file or on a page: what it names is there."""

    checks: tuple[Annotated[str, AfterValidator(_named("check", unit.checks))], ...] = Field(
        (), max_length=20, description="checks that show more of it"
    )
    fixes: tuple[Annotated[str, AfterValidator(_named("fix", unit.fixes))], ...] = Field(
        (), max_length=20, description="fixes that may help"
    )

    @model_validator(mode="after")
    def _is_told_by_something(self) -> "OwnErrorFile":
        if not self.certain.tell and not self.likely.tell:
            raise ValueError("nothing tells it: write a phrase or a fact that is certain or likely")
        signs = (self.certain, self.likely, self.hint, self.against)
        forms = sum(_forms(phrase) for one in signs for phrase in one.says)
        if forms > _MOST_FORMS_OF_ALL:
            raise ValueError(
                f"its phrases stand for {forms}, and {_MOST_FORMS_OF_ALL} is the most: write fewer "
                "words with |"
            )
        return self


FileT = TypeVar("FileT", bound=KnownErrorFile)


@cache
def shipped() -> Catalogue:
    """Return the known errors that Fettle brings along."""
    return dict(_read(FOLDER.glob("*.toml"), KnownErrorFile, Origin.FETTLE))


def of_folder(folder: Path | None) -> Catalogue:
    """Return a team's own known errors; none where no folder is named.

    Raises BadSettings for a folder or a file that cannot be read, saying where it is wrong.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        raise BadSettings(f"[errors] known: there is no folder {folder}")
    return dict(_read(folder.glob("*.toml"), OwnErrorFile, Origin.FILE))


def together(files: Catalogue, pages: Catalogue) -> Catalogue:
    """Return all that is known: of one id a team's file is first, then its page, then ours."""
    return {**shipped(), **pages, **files}


def id_of(given: str) -> str:
    """Return an id, in which `-` and `_` are equal; raises ValueError."""
    name = given.strip().lower().replace("-", "_")
    if not _ID.fullmatch(name):
        raise ValueError(
            f"{given[:60]!r} is no id: a letter, then letters, digits and _, 60 at most"
        )
    return name


def named_after(title: str) -> str:
    """Return an id that is made of a title; empty where it has no letter of those that ids have."""
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_").lstrip("0123456789_")
    short = words[:_LONGEST_NAME]
    whole = short == words or "_" not in short
    return short.rstrip("_") if whole else short.rpartition("_")[0]


def parsed(file: Path, kind: type[FileT]) -> FileT:
    """Return what a file says; raises BadSettings, which names the place in it."""
    try:
        return kind.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{file} cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise BadSettings(f"{file}: {where}: {said}" if where else f"{file}: {said}") from None


def _read(
    files: Iterable[Path], kind: type[KnownErrorFile], origin: Origin
) -> Iterator[tuple[str, KnownError]]:
    for file in sorted(files):
        name = file.stem.replace("-", "_")
        yield name, known(name, parsed(file, kind), origin)


def known(name: str, given: KnownErrorFile, origin: Origin) -> KnownError:
    """Return what was written as what is known."""
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
        origin=origin,
    )


def _signs(given: SignsFile) -> Signs:
    return Signs(**dict(given))
