"""Who works here: teams, turns, the catalogue of services, and whether receivers can be reached."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from fettle.errors import NotFound
from fettle.frontends.api.acting import Act, ApiRoute, needs
from fettle.frontends.api.serving import AtDesk, ByServing, serving
from fettle.frontends.report import people_document, target_document
from fettle.frontends.report.people_document import (
    OncallDocument,
    ReceiversDocument,
    SentTestDocument,
    ServicesDocument,
    TeamsDocument,
)
from fettle.model.notification import Event, Message
from fettle.model.role import Role
from fettle.store import outbox, samples
from fettle.store.outbox import Addressed

router = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["people"])

_RECENTLY = timedelta(days=7)
ReceiverName = Annotated[str, Path(min_length=1, max_length=200)]


@router.get("/teams", openapi_extra=needs(Role.VIEWER))
async def teams(act: Act, desk: AtDesk) -> TeamsDocument:  # noqa: ARG001 - who asks is known
    """List the teams, and who of them is on call now."""
    return people_document.of_teams(desk.people.teams.values(), desk.clock.now())


@router.get("/oncall", openapi_extra=needs(Role.VIEWER))
async def oncall(
    act: Act,  # noqa: ARG001
    desk: AtDesk,
    days: Annotated[int, Query(ge=1, le=366)] = 14,
) -> OncallDocument:
    """List whose turn it is from now on."""
    found = list(desk.people.teams.values())
    return people_document.of_turns(found, desk.clock.now(), days)


@router.get("/services", openapi_extra=needs(Role.VIEWER))
async def services(act: Act, serving: ByServing) -> ServicesDocument:
    """List the services that the settings know, and how they are."""
    known, now = serving.desk.policy.catalogue.services, serving.clock.now()
    stands = await samples.stand(act.connection, [one.name for one in known])
    standing = {
        one.name: (
            target_document.status(serving.targets[one.name], stands.get(one.name), now),
            stands[one.name].looked_at if one.name in stands else None,
        )
        for one in known
    }
    return people_document.of_services(known, standing)


@router.get("/receivers", openapi_extra=needs(Role.VIEWER))
async def receivers(act: Act, request: Request) -> ReceiversDocument:
    """List who can be told, and how that went in the last seven days."""
    shared = serving(request)
    kinds = {one.name: one.url.partition("://")[0] for one in shared.settings.receiver}
    since = shared.clock.now() - _RECENTLY
    known = await outbox.by_receiver(act.connection, list(kinds), since)
    return people_document.of_receivers(kinds, known)


@router.get("/receivers/{name}/test/{id}", openapi_extra=needs(Role.VIEWER))
async def tested(
    act: Act,
    name: ReceiverName,
    id: UUID,  # noqa: A002 - its name in the address
) -> SentTestDocument:
    """Say what became of a test notification."""
    row = await outbox.find(act.connection, id, name)
    if row is None:
        raise NotFound(f"{name} was sent no notification {id}", remedy="test it again")
    return people_document.of_test(row)


@router.post(
    "/receivers/{name}/test",
    status_code=202,
    openapi_extra=needs(Role.ADMIN, place="/api/v1/receivers/{receiver}/test/{id}"),
)
async def test(act: Act, desk: AtDesk, name: ReceiverName) -> SentTestDocument:
    """Let a receiver be told that it can be reached."""
    if name not in desk.people.receivers:
        known = ", ".join(desk.people.receivers)
        raise NotFound(
            f"there is no receiver {name}",
            remedy=f"one of {known}" if known else "[[receiver]] in fettle.toml",
        )
    now = desk.clock.now()
    message = Message(
        Event.TEST,
        "A test: Fettle can reach you",
        f"{act.actor} asked for it; there is nothing to do.",
        url=f"{desk.links.url}/",
    )
    (id_,) = await outbox.put(act.connection, [Addressed(name, message, now)], now)
    return await tested(act, name, id_)
