"""Whoever has written a review does not sign it, by whichever way they come."""

from dataclasses import dataclass

import httpx
import pytest

from fettle.frontends.api.acting import InProcess
from fettle.model.role import Caller, Role
from fettle.store import access
from fettle.store.access import CredentialKind
from fettle.store.users import create
from tests.frontends.api.conftest import Api

SAYS = {"version": 0, "sections": {"summary": "It was slow.", "causes": "An index was missing."}}


@dataclass(frozen=True)
class Token:
    """A token: whose it was said to be, and who made it."""

    name: str
    owner: str | None = None
    maker: str = "cli:root"


Way = str | Token  # an actor of this process, or a token


async def come(api: Api, way: Way) -> httpx.AsyncClient:
    if isinstance(way, str):
        transport = httpx.ASGITransport(InProcess(api.app, Caller(way, Role.RESPONDER)))
        return httpx.AsyncClient(transport=transport, base_url="http://fettle")
    secret = await access.create_credential(
        api.store.connection,
        CredentialKind.TOKEN,
        way.name,
        Role.RESPONDER,
        way.maker,
        owner=way.owner,
    )
    headers = {"Authorization": f"Bearer {secret}"}
    transport = httpx.ASGITransport(api.app)
    return httpx.AsyncClient(transport=transport, base_url="http://fettle", headers=headers)


async def over(api: Api, client: httpx.AsyncClient) -> str:
    """Give where a p1 stands that somebody has worked on, and that is over."""
    number = (await api.report("The shop is down", service="shop"))["number"]
    path = f"/api/v1/issues/{number}"
    for act, body in (("acknowledge", {}), ("resolve", {"evidence": "orders come in"})):
        assert (await client.post(f"{path}/{act}", json=body)).is_success
    return path


@pytest.mark.parametrize(
    ("writes", "signs", "may"),
    [
        ("user:ada", "user:bob", True),
        ("user:ada", "cli:ada", False),
        ("user:ada", "cli:Ada", False),
        ("user:ada", Token("ci", owner=" Ada "), False),
        ("user:ada", Token("ci", owner="bob"), True),
        ("user:ada", Token("Ada"), False),  # ada is of a team
        ("user:carol", Token("carol"), False),  # carol logs in
        ("user:dave", Token("dave"), True),  # nobody here is called dave
        ("user:ada", Token("ci", maker="cli:ada"), False),
        ("user:ada", Token("bob", maker="cli:ada"), True),
        (Token("a", owner="eve"), Token("b", owner="eve"), False),
        (Token("a", maker="user:carol"), Token("b", maker="user:carol"), False),
        (Token("a"), Token("b"), True),  # of whom root made them for is not known
    ],
)
async def test_one_person_signs_no_review_of_their_own(
    api: Api, writes: Way, signs: Way, *, may: bool
) -> None:
    await create(api.store.connection, "carol", Role.RESPONDER, "test", api.clock.now())
    async with await come(api, writes) as author, await come(api, signs) as reader:
        path = await over(api, author)
        assert (await author.put(f"{path}/review", json=SAYS)).is_success
        assert (await author.post(f"{path}/review/submit")).is_success

        answer = await reader.post(f"{path}/review/approve")
        assert answer.status_code == (200 if may else 409), answer.text
        if not may:
            assert "somebody else signs it" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("works", "closes", "may"),
    [
        ("user:ada", Token("ci", owner="ada"), False),
        ("link:pager", "user:ada", False),  # it reaches ada alone
        ("link:pager", "user:bob", True),
        ("link:chat", "user:ada", True),  # it reaches a team
    ],
)
async def test_a_few_words_are_signed_by_another_person(
    api: Api, works: Way, closes: Way, *, may: bool
) -> None:
    async with await come(api, works) as worker, await come(api, closes) as reader:
        path = await over(api, worker)
        answer = await reader.post(f"{path}/close", json={"review": "A disk was full."})
        assert answer.status_code == (200 if may else 409), answer.text


async def test_a_token_that_was_revoked_is_still_somebodys(api: Api) -> None:
    connection = api.store.connection
    async with await come(api, Token("laptop", owner="ada")) as author:
        path = await over(api, author)
        assert (await author.put(f"{path}/review", json=SAYS)).is_success
        assert (await author.post(f"{path}/review/submit")).is_success
    await access.revoke_credential(connection, [CredentialKind.TOKEN], "laptop", "test")
    async with await come(api, "user:ada") as reader:
        assert (await reader.post(f"{path}/review/approve")).status_code == 409


class TestAlone:
    """Where one person only works, they sign for themselves, until a second one logs in."""

    @pytest.fixture
    def settings_text(self) -> str:
        return '[[service]]\nname = "shop"\ntier = "critical"\n'

    async def test_one_who_works_alone_signs_until_somebody_else_logs_in(self, api: Api) -> None:
        connection = api.store.connection
        async with await come(api, "user:ada") as ada:
            for others, status in ((0, 200), (2, 409)):
                for name in ("bob", "carol")[:others]:
                    await create(connection, name, Role.RESPONDER, "test", api.clock.now())
                    await connection.execute(
                        "UPDATE fettle_user SET seen_at = created_at WHERE name = %s", (name,)
                    )
                path = await over(api, ada)
                assert (await ada.put(f"{path}/review", json=SAYS)).is_success
                assert (await ada.post(f"{path}/review/submit")).is_success
                assert (await ada.post(f"{path}/review/approve")).status_code == status
