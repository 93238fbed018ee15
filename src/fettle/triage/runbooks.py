"""Runbooks: Markdown whose task items are the steps to tick; pure.

A class and a service may name one. It is copied onto an issue as it is then: who works by it sees
what was true when the issue began, whatever becomes of the file.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from fettle.errors import BadSettings, NotFound
from fettle.model.classification import Classification
from fettle.model.issue import Entry
from fettle.model.runbook import Copied, Runbook
from fettle.settings import Settings
from fettle.triage import policy

STEP = "runbook-step"
TAKEN = "runbook"

_TASK = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\[[ xX]\]\s+(?P<text>\S.*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)\s*#*\s*")
_FENCE = re.compile(r"\s*(?P<mark>`{3,}|~{3,})")
_LONGEST = 100_000  # characters


@dataclass(frozen=True)
class Step:
    """One step of an issue's runbooks, counted over all of them; who ticked it, when.

    `commands` is the code that stands below it.
    """

    number: int
    text: str
    section: str = ""
    commands: tuple[str, ...] = ()
    done: bool = False
    by: str | None = None
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Shelf:
    """The runbooks of classes and of services, by their names."""

    classes: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)

    def of(self, made: Classification) -> list[Runbook]:
        """Return the runbooks for an issue: its class's, then its services'."""
        found = []
        if made.class_ is not None and made.class_ in self.classes:
            found.append(Runbook(f"class {made.class_}", self.classes[made.class_]))
        found += [
            Runbook(f"service {name}", self.services[name])
            for name in made.services
            if name in self.services
        ]
        return found

    def names(self) -> list[str]:
        """Return the names of all that stand on it."""
        return [
            *(f"class {name}" for name in self.classes),
            *(f"service {name}" for name in self.services),
        ]

    def named(self, name: str) -> Runbook:
        """Return one of them; raises NotFound."""
        kind, _, whose = name.partition(" ")
        books = {"class": self.classes, "service": self.services}.get(kind, {})
        if whose not in books:
            known = self.names()
            remedy = f"one of {', '.join(known)}" if known else "fettle.toml names none"
            raise NotFound(f"there is no runbook {name}", remedy=remedy)
        return Runbook(name, books[whose])


def shelf_of(settings: Settings) -> Shelf:
    """Return the runbooks that the settings name; raises BadSettings for one without steps."""
    classes = {one.name: one.runbook for one in settings.class_ if one.runbook}
    for name, text in settings.triage.runbooks.items():
        if name not in policy.FIXED:
            raise BadSettings(
                f"[triage.runbooks] {name}: this is none of the fixed classes",
                remedy="give the runbook of a class of your own in its [[class]]",
            )
        classes[name] = text
    services = {one.name: one.runbook for one in settings.service if one.runbook}
    for where, named in (("class", classes), ("service", services)):
        for name, text in named.items():
            _refuse_useless(f"the runbook of the {where} {name}", text)
    return Shelf(classes, services)


def _refuse_useless(what: str, text: str) -> None:
    if len(text) > _LONGEST:
        raise BadSettings(f"{what} has more than {_LONGEST:,} characters")
    if not list(_tasks(text)):
        raise BadSettings(
            f"{what} has no step to tick", remedy="write its steps as - [ ] what to do"
        )


def steps(copied: Sequence[Copied], timeline: Sequence[Entry]) -> list[list[Step]]:
    """Return the steps of each of an issue's runbooks, as they were ticked."""
    ticks = {entry.detail["step"]: entry for entry in timeline if entry.event == STEP}
    found: list[list[Step]] = []
    number = 0
    for runbook in copied:
        of_one = [
            Step(n, task.text, task.section, tuple(task.commands))
            for n, task in enumerate(_tasks(runbook.text), number + 1)
        ]
        number += len(of_one)
        found.append([_ticked(step, ticks.get(str(step.number))) for step in of_one])
    return found


def _ticked(step: Step, tick: Entry | None) -> Step:
    if tick is None or tick.detail["done"] != "true":
        return step
    note = tick.detail.get("note", "")
    return replace(step, done=True, by=tick.actor, at=tick.at, note=note)


@dataclass
class _Task:
    section: str
    text: str
    commands: list[str] = field(default_factory=list)


def _tasks(text: str) -> list[_Task]:
    """Return the task items of Markdown, each with the heading above it and the code below it.

    Code holds no task; what stands in it belongs to the task before, up to the next heading.
    """
    found: list[_Task] = []
    section, task = "", None
    for kind, said in _parts(text):
        if kind == "task":
            task = _Task(section, said)
            found.append(task)
        elif kind == "heading":
            section, task = said, None
        elif task is not None:
            task.commands.append(said)
    return found


def _parts(text: str) -> Iterator[tuple[Literal["task", "heading", "code"], str]]:
    """Yield what matters of Markdown, in order."""
    mark, code = "", list[str]()
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if mark and fence and fence["mark"].startswith(mark):
            yield "code", textwrap.dedent("\n".join(code)).strip("\n")
            mark, code = "", []
        elif mark:
            code.append(line)
        elif fence:
            mark = fence["mark"]
        elif match := _TASK.fullmatch(line):
            yield "task", match["text"].strip()
        elif match := _HEADING.fullmatch(line):
            yield "heading", match["text"]
    if code:
        yield "code", textwrap.dedent("\n".join(code)).strip("\n")
