"""The known errors, as the API and `fettle error known --format json` give them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from fettle.flow.trial import Trial, Tried
from fettle.frontends.report.moments import moment, said
from fettle.frontends.report.solving_document import RecordDocument, of_rate
from fettle.model.known_error import ErrorVersion, KnownError, WrittenError
from fettle.model.remedy import Rate
from fettle.model.written_error import WrittenDocument, changed, written

Origins = Literal["fettle", "file", "page"]

# `class` is a word of the language, so that the first key cannot be written as a class's.
_Named = TypedDict("_Named", {"class": str})


class _Known(TypedDict):
    title: str
    cause: str
    record: RecordDocument
    """Of all remedies together."""
    origin: Origins
    """Who wrote it: Fettle's own, a team's file, or somebody on a page."""
    retired: bool
    """It is kept, and matched no more."""


class KnownErrorItem(_Named, _Known):
    """A known error in a list."""

    document: NotRequired[WrittenDocument]
    """As it is written, of a team's own, where that was asked for."""


class KnownErrorsDocument(TypedDict):
    """The known errors, and what helped how often."""

    schema: Literal["fettle.known_errors/1"]
    items: list[KnownErrorItem]


class TriedDocument(TypedDict):
    """A remedy for a known error, and how often it has helped."""

    remedy: str
    target: str
    record: RecordDocument


class VersionDocument(TypedDict):
    """A change of a known error: who did it, when, and which parts of it are others since."""

    version: int
    at: str
    actor: str
    act: Literal["written", "changed", "retired", "restored"]
    changed: list[str]


_Headed = TypedDict("_Headed", {"schema": Literal["fettle.known_error/1"], "class": str})


class _WholeKnown(_Known):
    tell: str
    solutions: list[str]
    checks: list[str]
    fixes: list[str]
    remedies: list[TriedDocument]
    """What was tried, and what may be."""
    document: WrittenDocument
    """As it is written."""
    version: int | None
    """The latest, which a change of it names; null of what no page holds."""
    changed_at: str | None
    changed_by: str | None
    replaced: bool
    """A file of that id takes the place of the page: what is written there is not matched."""
    versions: list[VersionDocument]
    """The latest first."""


class KnownErrorDocument(_Headed, _WholeKnown):
    """A known error, and what helped how often."""


class TriedOnDocument(TypedDict):
    """An error or an issue for which a known error would change something."""

    error: str | None
    issue: int | None
    title: str
    today: str | None
    """What it is known as today."""
    evidence: list[str]


class CountDocument(TypedDict):
    """How often there was something: a sign, a known error."""

    name: str
    number: int


class TrialDocument(TypedDict):
    """What a known error would match of the latest errors and issues; nothing was kept."""

    schema: Literal["fettle.known_error_trial/1"]
    errors: int
    """Of how many it was tried, the latest ones."""
    issues: int
    matched: list[TriedOnDocument]
    unsure: list[TriedOnDocument]
    """What is known today, and would not be for sure any more."""
    signs: list[CountDocument]
    """By what it would be told, and how often."""
    today: list[CountDocument]
    """What those that it would match are known as today, and how many."""
    broad: bool
    """It would match half of everything, and is refused unless that is said to be so."""


@dataclass(frozen=True)
class Page:
    """What people wrote of a known error: as it is now, and its versions, the latest first."""

    written: WrittenError
    versions: Sequence[ErrorVersion]
    replaced: bool


def of_item(
    known: KnownError, whole: Rate, *, retired: bool = False, in_full: bool = False
) -> KnownErrorItem:
    """Return a known error in a list."""
    item: KnownErrorItem = {
        "class": known.id,
        "title": known.title,
        "cause": known.cause,
        "record": of_rate(whole),
        "origin": known.origin.value,
        "retired": retired,
    }
    if in_full:
        item["document"] = written(known)
    return item


def of_known_error(
    known: KnownError, whole: Rate, tried: Sequence[tuple[str, str, Rate]], page: Page | None
) -> KnownErrorDocument:
    """Return a known error, and what helped how often."""
    wrote = page.written if page else None
    return {
        "schema": "fettle.known_error/1",
        "class": known.id,
        "title": known.title,
        "cause": known.cause,
        "tell": known.tell,
        "solutions": [one.does for one in known.solutions],
        "checks": list(known.checks),
        "fixes": list(known.fixes),
        "record": of_rate(whole),
        "remedies": [
            {"remedy": remedy, "target": target, "record": of_rate(its)}
            for remedy, target, its in tried
        ],
        "origin": known.origin.value,
        "document": written(known),
        "version": wrote.version if wrote else None,
        "retired": wrote is not None and wrote.retired,
        "changed_at": moment(wrote.changed_at) if wrote else None,
        "changed_by": wrote.changed_by if wrote else None,
        "replaced": page is not None and page.replaced,
        "versions": _versions(page.versions) if page else [],
    }


def _versions(versions: Sequence[ErrorVersion]) -> list[VersionDocument]:
    before = [*versions[1:], None]
    return [
        {
            "version": one.version,
            "at": said(one.at),
            "actor": one.actor,
            "act": one.act.value,
            "changed": changed(earlier.known, one.known) if earlier else [],
        }
        for one, earlier in zip(versions, before, strict=True)
    ]


def of_trial(trial: Trial) -> TrialDocument:
    """Return what a known error would match."""
    return {
        "schema": "fettle.known_error_trial/1",
        "errors": trial.errors,
        "issues": trial.issues,
        "matched": [_tried(one) for one in trial.matched],
        "unsure": [_tried(one) for one in trial.unsure],
        "signs": _counts(trial.signs),
        "today": _counts(trial.today),
        "broad": trial.is_broad,
    }


def _counts(counts: Sequence[tuple[str, int]]) -> list[CountDocument]:
    return [{"name": name, "number": number} for name, number in counts]


def _tried(one: Tried) -> TriedOnDocument:
    subject = one.subject
    return {
        "error": None if subject.error is None else str(subject.error),
        "issue": subject.issue,
        "title": subject.title,
        "today": one.today,
        "evidence": list(one.evidence),
    }
