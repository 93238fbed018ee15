"""Evidence about an issue is put into words by a language model, when a person asks for it.

It is asked as flow.consult says, beside the issue's life. What it says is held against the evidence
(triage.grounded), and stands in the timeline as its own words, with what they rest on; nothing is
decided by them, and nothing done. Who asks while one is at work gets that one's answer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import Refused
from fettle.flow import consult
from fettle.flow.consult import PATIENCE, Consulting
from fettle.flow.evidence import Evidence
from fettle.model.actor import LANGUAGE_MODEL
from fettle.model.advice import Wording
from fettle.model.issue import Entry, Issue
from fettle.model.ports import Advisor
from fettle.model.quantity import say_count
from fettle.model.run import Json
from fettle.store import advice, issues
from fettle.store.statements import Connection
from fettle.triage import wording
from fettle.triage.grounded import Grounded, grounded

RUN = "word"
SAID: Mapping[Wording, str] = {Wording.CAUSES: "words", Wording.ENQUIRIES: "suggestions"}
NONE = "no-words"
_MOST: Mapping[Wording, int] = {Wording.CAUSES: 5, Wording.ENQUIRIES: 3}
_WHOSE: Mapping[Wording, str] = {
    Wording.CAUSES: "in a language model's words, from the evidence alone",
    Wording.ENQUIRIES: "suggested by a language model, no match, and done by nobody",
}


@dataclass(frozen=True)
class Words:
    """What stands of a language model's words: the latest, or why there are none.

    `asking` is whether it is asked now. `dropped` sentences named what the evidence does not.
    """

    wording: Wording
    asking: bool = False
    at: datetime | None = None
    asked_by: str = ""
    sentences: tuple[str, ...] = ()
    dropped: int = 0
    evidence: tuple[str, ...] = ()
    reason: str | None = None


async def ask(
    connection: Connection,
    engine: Engine,
    issue: Issue,
    what: Wording,
    evidence: Evidence,
    actor: str,
    now: datetime,
) -> None:
    """Let evidence be put into words; raises Refused where there is none."""
    if issue.status.is_end:
        raise Refused(f"the issue is {issue.status}: nothing more is said of it")
    if not evidence:
        raise Refused("there is no evidence yet that could be put into words")
    await issues.to_change(connection, issue.number)  # of two who ask at once the second waits
    if what in await advice.being_worded(connection, issue.number):
        return
    given: Json = {
        "issue": issue.number,
        "wording": str(what),
        "lines": list(evidence.lines),
        "rests_on": list(evidence.rests_on),
        "asked_by": actor,
        "latest": (now + PATIENCE).isoformat(),
    }
    await consult.start(connection, engine, RUN, given)


async def of_issue(connection: Connection, number: int) -> dict[Wording, Words]:
    """Return what stands of the words that were asked for, of each kind that ever was."""
    found: dict[Wording, Words] = {}
    for entry in await issues.entries_of(connection, number, [*SAID.values(), NONE]):
        words = _read(entry)
        found[words.wording] = words
    for what in await advice.being_worded(connection, number):
        found[what] = Words(what, asking=True)
    return found


def _read(entry: Entry) -> Words:
    detail = entry.detail
    return Words(
        Wording(detail["wording"]),
        at=entry.at,
        asked_by=detail["asked_by"],
        sentences=_lines(detail["sentences"]),
        dropped=int(detail["dropped"]),
        evidence=_lines(detail["evidence"]),
        reason=entry.text if entry.event == NONE else None,
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines())


def runs(consulting: Consulting, names: Collection[str]) -> Mapping[str, Function]:
    """Return the run that asks; `names` are the services and other targets there are."""
    return {RUN: _Word(consulting, names)}


@dataclass(frozen=True)
class _Word:
    consulting: Consulting
    names: Collection[str]

    async def __call__(self, run: Run, given: Json) -> Json:
        """Have evidence put into words, and write to the issue what came of it."""
        wish = cast("Mapping[str, Json]", given)
        what = Wording(cast("str", wish["wording"]))
        lines = cast("Sequence[str]", wish["lines"])
        told = wording.evidence(lines, scrub=self.consulting.settings.scrub)
        latest = datetime.fromisoformat(cast("str", wish["latest"]))
        put = partial(self._put, what, told)
        number = cast("int", wish["issue"])
        answered = await self.consulting.answered(run, number, latest, put)
        await run.step("write down", self._write, run, wish, told, answered, retries=5)
        return answered

    async def _put(self, what: Wording, told: str, advisor: Advisor) -> Json:
        worded = await advisor.word(what, wording.question(told))
        found = grounded(worded.sentences, told, self.names, _MOST[what])
        return {"sentences": list(found.sentences), "dropped": found.dropped}

    async def _write(
        self, run: Run, wish: Mapping[str, Json], told: str, answered: Mapping[str, Json]
    ) -> None:
        entry = _entry(wish, told, answered, self.consulting.clock.now())
        number = cast("int", wish["issue"])
        await self.consulting.once(
            run.id, lambda connection: issues.write_entries(connection, [(number, entry)])
        )


def _entry(
    wish: Mapping[str, Json], told: str, answered: Mapping[str, Json], at: datetime
) -> Entry:
    what = Wording(cast("str", wish["wording"]))
    given = cast("Mapping[str, Json] | None", answered["answer"])
    found = Grounded((), 0)
    if given is not None:
        sentences = cast("Sequence[str]", given["sentences"])
        found = Grounded(tuple(sentences), cast("int", given["dropped"]))
    detail = {
        "wording": str(what),
        "asked_by": cast("str", wish["asked_by"]),
        "sentences": "\n".join(found.sentences),
        "dropped": str(found.dropped),
        "evidence": told,
    }
    if not found.sentences:
        return Entry(NONE, LANGUAGE_MODEL, at, _why_none(answered, found), detail)
    rests_on = "; ".join(cast("Sequence[str]", wish["rests_on"]))
    return Entry(SAID[what], LANGUAGE_MODEL, at, _text(what, found, rests_on), detail)


def _text(what: Wording, found: Grounded, rests_on: str) -> str:
    said = (" " if what is Wording.CAUSES else "\n").join(found.sentences)
    left_out = say_count(found.dropped, "sentence")
    dropped = f"; {left_out} left out that named what does not stand there" if found.dropped else ""
    return f"{said}\n\n({_WHOSE[what]}: {rests_on}{dropped})"


def _why_none(answered: Mapping[str, Json], found: Grounded) -> str:
    if answered["answer"] is None:
        return f"there are no words of the language model: {answered['why']}"
    if not found.dropped:
        return "there are no words of the language model: it said nothing"
    named = f"all it said ({say_count(found.dropped, 'sentence')}) named what does not stand there"
    return f"nothing is shown of the language model's words: {named}"
