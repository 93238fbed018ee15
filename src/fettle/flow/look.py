"""The way through: what the stages do for one another, on one screen."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from fettle.diagnosis import causes, look, recommend, symptoms
from fettle.diagnosis.listings import read as listings
from fettle.errors import CannotLook
from fettle.model.diagnosis import Diagnosis, Listing, Outcome
from fettle.model.finding import Finding, Scalar, Unknown
from fettle.model.fix import Plan
from fettle.model.ports import Clock, Database
from fettle.model.quantity import say_duration
from fettle.model.target import Target
from fettle.resolution.plan import plan
from fettle.unit import AnyCheck, AnyFix

Connect = Callable[[Target], AbstractAsyncContextManager[Database]]
Standbys = Callable[[Target], AbstractAsyncContextManager[list[Database]]]


# The database that was named comes first: it is asked what concerns the whole server.
_DATABASES = """
    SELECT datname FROM pg_database
    WHERE datallowconn AND NOT datistemplate AND has_database_privilege(oid, 'CONNECT')
    ORDER BY datname <> current_database(), datname
"""


@dataclass(frozen=True)
class Questions:
    """What is asked of a target: the checks, each with its limits, and how long it may take."""

    checks: Sequence[tuple[AnyCheck, object]]
    timeout: timedelta = timedelta(seconds=30)
    listings: Sequence[str] = listings.NAMES
    symptoms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A database of a server, and what is asked of it."""

    database: str
    asked: Questions


@dataclass(frozen=True)
class Planning:
    """What it takes to plan: the ways to look, what is accepted, and the time."""

    connect: Connect
    standbys: Standbys
    accept: Callable[[Diagnosis], Diagnosis]
    clock: Clock


@dataclass
class _Answers:
    outcomes: list[Outcome] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)


async def diagnose(target: Target, connect: Connect, asked: Questions, clock: Clock) -> Diagnosis:
    """Look at one target; always returns, with whatever could not be looked at as unknown."""
    started = clock.now()
    answers = _Answers()
    unreachable = None
    server: Mapping[str, Scalar] = {}
    try:
        async with asyncio.timeout(asked.timeout.total_seconds()), connect(target) as database:
            server = {
                "version": f"{database.server.version // 10000}.{database.server.version % 10000}",
                "database": database.server.database,
                "user": database.server.user,
                "standby": database.server.in_recovery,
            }
            await _ask(database, asked, answers, clock)
    except CannotLook as error:
        unreachable = Unknown(error.reason, error.remedy)
    except TimeoutError:
        if server:
            _leave_unknown(asked, answers)
        else:
            unreachable = Unknown(
                f"{target.name} did not answer within {say_duration(asked.timeout)}",
                "check host and port, and look again with a longer --timeout",
            )
    found = [finding for outcome in answers.outcomes for finding in outcome.findings]
    behind = tuple(causes.explain(found))
    return Diagnosis(
        target.name,
        started,
        clock.now() - started,
        tuple(answers.outcomes),
        unreachable,
        tuple(answers.listings),
        behind,
        tuple(recommend.recommend(found, behind, target.name)),
        asked.symptoms,
        server=server,
        symptom_matches=tuple(symptoms.explain(asked.symptoms, answers.outcomes)),
    )


async def _ask(database: Database, asked: Questions, answers: _Answers, clock: Clock) -> None:
    # A check that is read twice is begun first and finished last, to see the longest stretch.
    twice = [pair for pair in asked.checks if pair[0].twice]
    begun = [await look.begin(database, check, limits) for check, limits in twice]
    for check, limits in asked.checks:
        if not check.twice:
            answers.outcomes.append(await look.look(database, check, limits))
    limits_of = {check.id: limits for check, limits in asked.checks}
    for place, outcome in enumerate(answers.outcomes):
        if outcome.check == "slow_queries" and outcome.findings:
            # A tenth of all that a look imports, for what few databases have.
            from fettle.diagnosis import advise  # noqa: PLC0415

            limits = limits_of[outcome.check]
            answers.outcomes[place] = await advise.advised(database, outcome, limits, clock)
    for name in asked.listings:
        answers.listings.append(await listings.read(database, name))
    for one in begun:
        answers.outcomes.append(await look.finish(database, one))


def _leave_unknown(asked: Questions, answers: _Answers) -> None:
    """Say of every check that was not reached that it was not."""
    gap = Unknown("the time limit was used up before it", "look again with a longer --timeout")
    done = {outcome.check for outcome in answers.outcomes}
    answers.outcomes.extend(
        Outcome(check.id, unknown=(gap,)) for check, _ in asked.checks if check.id not in done
    )


async def every_database(target: Target, connect: Connect, asked: Questions) -> list[Place]:
    """Return a server's databases by name, each with what is asked of it.

    What is the same in every database is asked once. Raises CannotLook.
    """
    async with connect(target) as database:
        names = [str(row[0]) for row in (await database.read(_DATABASES)).values]
    own = [pair for pair in asked.checks if not pair[0].cluster]
    return [
        Place(name, asked if number == 0 else replace(asked, checks=own))
        for number, name in enumerate(names)
    ]


async def plan_fixes(
    target: Target, fixes: Sequence[AnyFix], subject: str | None, asked: Questions, ways: Planning
) -> list[Plan]:
    """Look for what these fixes cure, and return a plan for each finding (of that subject).

    Accepted findings are planned for only by their subject. Raises CannotLook when the target
    cannot be reached, or when nothing was found and something could not be looked at.
    """
    cured = {check for fix in fixes for check in fix.cures}
    checks = [pair for pair in asked.checks if pair[0].id in cured]
    asked = replace(asked, checks=checks, listings=())
    diagnosis = ways.accept(await diagnose(target, ways.connect, asked, ways.clock))
    accepted = [entry.finding for entry in diagnosis.accepted if subject == entry.finding.subject]
    pairs = [
        (fix, finding)
        for finding in [*diagnosis.findings, *accepted]
        for fix in fixes
        if subject in (None, finding.subject) and fix.id in finding.fixes
    ]
    for check, gap in diagnosis.unknown if not pairs else ():
        raise CannotLook(f"{check}: {gap.reason}", remedy=gap.remedy)
    return await plans_of(target, pairs, ways)


async def plans_of(
    target: Target, pairs: Sequence[tuple[AnyFix, Finding]], ways: "Planning"
) -> list[Plan]:
    """Return the plans of fixes for findings, as the role that would act; raises CannotLook."""
    if not pairs:
        return []
    acting = target.planned_through
    async with ways.connect(acting) as database, ways.standbys(target) as standbys:
        plans = [await plan(fix, finding, target, database, standbys) for fix, finding in pairs]
    return _distinct(plans)


def _distinct(plans: Sequence[Plan]) -> list[Plan]:
    """Leave out what another plan does already: two sessions of one role want the same setting."""
    first: dict[object, Plan] = {}
    for one in plans:
        first.setdefault((one.fix, one.steps.statements) if one.steps else one.id, one)
    return list(first.values())
