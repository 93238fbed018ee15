"""What a page was like before an optimisation and after it: figures, films, screens, waterfalls."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fettle.frontends.report.measure_document import MetricDocument
from fettle.frontends.report.optimised_document import (
    LoadDocument,
    OptimisationRecord,
    PictureDocument,
    WhenName,
)
from fettle.frontends.web import earned, waterfall
from fettle.frontends.web.waterfall import Waterfall
from fettle.model.measurement import KINDS
from fettle.optimisation import filmstrip

WHENS: Sequence[WhenName] = ("before", "after")
_NOISY = ("tbt", "tti")  # they vary by the half with how busy the machine is: told, never judged
_LEAST_MS, _LEAST_CLS = 10.0, 0.01  # less than that nobody notices


@dataclass(frozen=True)
class Value:
    """A figure at one of the two times: its median, its rating, and its middle half."""

    median: str
    rating: str | None = None
    spread: str | None = None


@dataclass(frozen=True)
class Row:
    """A figure before and after."""

    name: str
    short: str
    before: Value | None
    after: Value | None
    share: str
    better: bool | None


@dataclass(frozen=True)
class Cell:
    """What a strip shows at a moment; None before anything was painted, or where it is not kept."""

    at: str
    picture: PictureDocument | None


@dataclass(frozen=True)
class Strip:
    """How a page came, at equal steps of time."""

    when: WhenName
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Screens:
    """A page on one screen, before and after."""

    profile: str
    before: PictureDocument
    after: PictureDocument


@dataclass(frozen=True)
class Seen:
    """A page of the root: how it was loaded, and what it looked like."""

    page: str
    profile: str
    runs: int
    figures: Sequence[Row]
    bytes: Sequence[Row]
    strips: Sequence[Strip]
    screens: Sequence[Screens]
    waterfalls: Sequence[Waterfall]


def pages_of(record: OptimisationRecord) -> list[Seen]:
    """Return the pages of a run, each as it was before and after."""
    loads: dict[tuple[str, str], dict[WhenName, LoadDocument]] = {}
    for load in record["loads"]:
        loads.setdefault((load["page"], load["profile"]), {})[load["when"]] = load
    return [
        _seen(page, profile, both, [one for one in record["pictures"] if one["page"] == page])
        for (page, profile), both in loads.items()
    ]


def _seen(
    page: str,
    profile: str,
    both: Mapping[WhenName, LoadDocument],
    pictures: Sequence[PictureDocument],
) -> Seen:
    end_ms = waterfall.end_of(list(both.values()))
    return Seen(
        page,
        profile,
        max(load["runs"] for load in both.values()),
        list(_figures(both)),
        list(_bytes(both)),
        list(_strips([one for one in pictures if one["kind"] == "frame"])),
        list(_screens([one for one in pictures if one["kind"] == "screen"])),
        [waterfall.drawn(both[when], end_ms) for when in WHENS if when in both],
    )


def _figures(both: Mapping[WhenName, LoadDocument]) -> Iterator[Row]:
    for name in earned.NAMES:
        metrics = {when: load["metrics"].get(name) for when, load in both.items()}
        if any(metrics.values()):
            before, after = metrics.get("before"), metrics.get("after")
            yield _row(
                earned.NAMES[name],
                name.upper() if len(name) <= 4 else "",
                None if before is None else _value(name, before),
                None if after is None else _value(name, after),
                None if before is None or after is None else (before["median"], after["median"]),
                chance=1.0 if name in _NOISY else earned.CHANCE,
                least=_LEAST_CLS if name == "cls" else _LEAST_MS,
            )


def _value(name: str, metric: MetricDocument) -> Value:
    low, high = (earned.said(name, value) for value in metric["iqr"])
    spread = None if low == high else f"{low} to {high}"
    return Value(earned.said(name, metric["median"]), metric["rating"], spread)


def _bytes(both: Mapping[WhenName, LoadDocument]) -> Iterator[Row]:
    for kind in (None, *KINDS):
        sizes = {
            when: load["weight"]["transferred"]
            if kind is None
            else load["bytes"].get(kind, {"transferred": 0})["transferred"]
            for when, load in both.items()
        }
        if any(sizes.values()):
            before, after = sizes.get("before"), sizes.get("after")
            yield _row(
                "All of it" if kind is None else kind.capitalize(),
                "",
                None if before is None else Value(earned.said("bytes", before)),
                None if after is None else Value(earned.said("bytes", after)),
                None if before is None or after is None else (before, after),
            )


def _row(
    name: str,
    short: str,
    before: Value | None,
    after: Value | None,
    medians: tuple[float, float] | None,
    *,
    chance: float = 0.0,
    least: float = 0.0,
) -> Row:
    """Return a figure; by a share of `chance`, or by `least`, it is neither better nor worse."""
    better, share = (None, "") if medians is None else earned.judged(*medians)
    if medians is not None and abs(medians[0] - medians[1]) <= max(least, chance * max(medians)):
        better = None
        said_alike = before and after and before.median == after.median
        share = "as before" if said_alike else share
    return Row(name, short, before, after, share, better)


def _strips(frames: Sequence[PictureDocument]) -> Iterator[Strip]:
    ends = [one["at"] for one in frames if one["at"] is not None]
    if not ends:
        return
    step = filmstrip.step_of(max(ends))
    for when in WHENS:
        shown = [(one["at"] or 0.0, one) for one in frames if one["when"] == when]
        if shown:
            moments = filmstrip.moments(shown[-1][0], step)
            yield Strip(when, [Cell(_after(at), _latest(shown, at)) for at in moments])


def _latest(shown: Sequence[tuple[float, PictureDocument]], at: int) -> PictureDocument | None:
    """Return what was shown at a moment."""
    return next((one for came, one in reversed(shown) if came <= at), None)


def _after(ms: int) -> str:
    return f"{ms / 1000:g} s"


def _screens(pictures: Sequence[PictureDocument]) -> Iterator[Screens]:
    for profile in dict.fromkeys(one["profile"] for one in pictures):
        both = {one["when"]: one for one in pictures if one["profile"] == profile}
        if len(both) == len(WHENS):
            yield Screens(profile, both["before"], both["after"])
