"""The wiring of intake: what takes what arrives, and makes issues of it."""

from collections.abc import Sequence
from functools import partial

from fettle.flow import advice, recognise
from fettle.flow.absorb import Taking
from fettle.flow.board import Rules
from fettle.flow.catalogued import needs
from fettle.flow.courtesy import Courtesy
from fettle.flow.inquire import Asking
from fettle.flow.learnt import Learnt
from fettle.flow.solving import Solver
from fettle.intake import settled
from fettle.intake.leaning import Leaning
from fettle.settings import Settings
from fettle.store.statements import Connection
from fettle.triage.case import Case
from fettle.triage.classify import classify


def taking_of(settings: Settings, solver: Solver, learnt: Learnt, courtesy: Courtesy) -> Taking:
    """Return what it takes to take what arrives."""
    engine, desk = solver.engine, solver.desk
    rules = Rules(
        settled.limits_of(settings),
        settings.intake.group_within,
        settings.intake.reopen_within,
        lambda signal: classify(Case.of(signal), desk.policy, learnt.history()),
        desk.people.assigned,
        Leaning(needs(settings), settings.intake.group_within),
    )

    async def ask(connection: Connection, cases: Sequence[tuple[int, Case]]) -> None:
        await advice.ask_about(connection, engine, settings.ai, cases, desk.clock.now())

    return Taking(
        settled.options_of(settings),
        settled.mutings_of(settings),
        settled.inhibitions_of(settings),
        rules,
        desk,
        ask if settings.ai.model is not None else None,
        Asking(settings, desk.policy.catalogue, engine).about,
        courtesy,
        partial(recognise.about, solver=solver),
    )
