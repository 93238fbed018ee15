"""A provider's token is believed when it proves that it is for this log-in, and only then."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from fettle.errors import NotAllowed, NotSupported, Unreachable
from fettle.model.role import Role
from fettle.model.sign_on import Begun, Identity
from fettle.settings.log_in import OidcSettings
from fettle.targets.openid import OpenId
from fettle.targets.outgoing import Outgoing
from tests.openid_provider import EC, OTHER_RSA, RSA, Provider, provided

SUBJECT = "248289761001"
BACK = "https://ops.example/oidc/callback"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Give a provider that everybody is known by."""
    async with provided() as made:
        yield made


async def log_in(sign_on: OpenId, begun: Begun | None = None) -> Identity:
    """Go there and come back, as a browser does."""
    begun = begun or Begun.now()
    address = await sign_on.begin(BACK, begun)
    async with httpx.AsyncClient() as browser:
        sent = await browser.get(address)
    back = parse_qs(urlsplit(sent.headers["location"]).query)
    assert back["state"] == [begun.state]
    return await sign_on.end(BACK, back["code"][0], begun)


async def test_it_says_who_somebody_is(provider: Provider) -> None:
    provider.claims = {"email": "ada@acme.example", "email_verified": True}

    who = await log_in(provider.sign_on())

    assert who == Identity(provider.issuer, SUBJECT, "ada@acme.example", None, decides=False)
    assert provider.asked == ["discovery", "token", "keys"]


async def test_the_secret_is_handed_over_as_it_wants(provider: Provider) -> None:
    provider.posts_secret = True

    assert (await log_in(provider.sign_on())).subject == SUBJECT
    with pytest.raises(NotAllowed, match="invalid_grant"):
        await log_in(provider.sign_on(secret="wrong"))


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "another client"}, "Audience"),
        ({"aud": ["fettle client", "another"], "azp": "another"}, "another client"),
        ({"aud": ["fettle client", "another"]}, "another client"),
        ({"sub": None}, "sub"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"exp": 1}, "has ended"),
        ({"exp": "soon"}, "times are none"),
        ({"nonce": "of another log-in"}, "another log-in"),
        ({"nonce": None}, "another log-in"),
    ],
)
async def test_a_token_that_is_not_for_us_is_not_believed(
    provider: Provider, claims: dict[str, Any], says: str
) -> None:
    provider.claims = claims

    with pytest.raises(NotAllowed, match=says):
        await log_in(provider.sign_on())


@pytest.mark.parametrize(
    ("off", "believed"),
    [
        (timedelta(minutes=-8), False),
        (timedelta(minutes=-6), True),
        (timedelta(seconds=100), True),
        (timedelta(minutes=3), False),
    ],
)
async def test_its_clock_may_be_two_minutes_off(
    provider: Provider, off: timedelta, believed: bool
) -> None:
    made = (provider.clock.now() + off).timestamp()
    provider.claims = {"iat": made, "exp": made + 300}
    sign_on = provider.sign_on()

    if believed:
        assert (await log_in(sign_on)).subject == SUBJECT
    else:
        with pytest.raises(NotAllowed, match=r"ended|future"):
            await log_in(sign_on)


async def test_a_token_that_lives_for_ever_is_too_old_in_the_end(provider: Provider) -> None:
    made = (provider.clock.now() - timedelta(days=2)).timestamp()
    provider.claims = {"iat": made, "exp": made + 10**9}

    with pytest.raises(NotAllowed, match="too old"):
        await log_in(provider.sign_on())


async def test_each_kind_of_key_is_known(provider: Provider) -> None:
    provider.keys = {"one": RSA, "two": EC}
    provider.key, provider.kid, provider.algorithm = EC, "two", "ES256"

    assert (await log_in(provider.sign_on())).subject == SUBJECT


async def test_a_key_that_is_not_its_own_proves_nothing(provider: Provider) -> None:
    provider.key = OTHER_RSA

    with pytest.raises(NotAllowed, match="proves nothing"):
        await log_in(provider.sign_on())


async def test_no_signature_and_none_by_our_own_secret_is_believed(provider: Provider) -> None:
    provider.key, provider.algorithm = None, "none"
    with pytest.raises(NotAllowed, match="no algorithm that we believe"):
        await log_in(provider.sign_on())

    provider.key, provider.algorithm = "s3cret & more" * 3, "HS256"
    with pytest.raises(NotAllowed, match="no algorithm that we believe"):
        await log_in(provider.sign_on())


async def test_new_keys_are_fetched_when_a_token_names_one(provider: Provider) -> None:
    sign_on = provider.sign_on()
    await log_in(sign_on)
    provider.keys = {"new": OTHER_RSA}
    provider.key, provider.kid = OTHER_RSA, "new"
    with pytest.raises(NotAllowed, match="does not name"):
        await log_in(sign_on)  # keys are not fetched again and again
    provider.clock.moment += timedelta(minutes=2)

    assert (await log_in(sign_on)).subject == SUBJECT
    assert provider.asked.count("keys") == 2
    assert provider.asked.count("discovery") == 1


async def test_a_token_without_a_keys_name_is_by_the_only_one(provider: Provider) -> None:
    provider.kid = None
    assert (await log_in(provider.sign_on())).subject == SUBJECT

    provider.keys = {"one": RSA, "two": OTHER_RSA}
    with pytest.raises(NotAllowed, match="does not name"):
        await log_in(provider.sign_on())


async def test_a_code_that_another_browser_has_begun_is_refused(provider: Provider) -> None:
    sign_on, begun = provider.sign_on(), Begun.now()
    async with httpx.AsyncClient() as browser:
        sent = await browser.get(await sign_on.begin(BACK, begun))
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]

    with pytest.raises(NotAllowed, match="invalid_grant"):  # PKCE
        await sign_on.end(BACK, code, Begun.now())


async def test_a_provider_that_calls_itself_otherwise_is_not_one(provider: Provider) -> None:
    provider.calls_itself = "https://evil.example"

    with pytest.raises(NotSupported, match="calls itself"):
        await provider.sign_on().begin(BACK, Begun.now())


async def test_one_that_does_not_answer_is_said(provider: Provider) -> None:
    settings = OidcSettings(
        name="away", issuer=f"{provider.issuer}/nothing/here", client_id="x", secret="y"
    )
    away = OpenId(settings, Outgoing(["127.0.0.0/8"]), provider.clock)

    with pytest.raises(Unreachable, match="404"):
        await away.begin(BACK, Begun.now())


async def test_one_in_a_private_network_must_be_allowed(provider: Provider) -> None:
    settings = OidcSettings(name="inside", issuer=provider.issuer, client_id="x", secret="y")
    inside = OpenId(settings, Outgoing([]), provider.clock)

    with pytest.raises(NotAllowed, match="private network"):
        await inside.begin(BACK, Begun.now())


ROLES = {"admins": "admin", "dev": "responder"}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["dev"]}, Role.RESPONDER),
        ({"groups": ["dev", "admins", "x"]}, Role.ADMIN),
        ({"groups": "dev"}, Role.RESPONDER),
        ({"groups": ["x"]}, None),
        ({"groups": [{"name": "admins"}]}, None),
        ({}, None),
    ],
)
async def test_claims_say_what_somebody_may_do(
    provider: Provider, claims: dict[str, Any], role: Role | None
) -> None:
    provider.claims = claims

    who = await log_in(provider.sign_on(role_claim="groups", roles=ROLES))

    assert (who.role, who.decides) == (role, True)


async def test_a_claim_may_stand_within_another(provider: Provider) -> None:
    provider.claims = {
        "realm_access": {"roles": ["dev"]},
        "https://acme.example/name": "ada",
    }
    sign_on = provider.sign_on(
        role_claim="realm_access.roles", roles=ROLES, name_claim="https://acme.example/name"
    )

    who = await log_in(sign_on)

    assert (who.role, who.name) == (Role.RESPONDER, "ada")


async def test_what_the_token_does_not_say_is_asked_for(provider: Provider) -> None:
    provider.userinfo = {"sub": SUBJECT, "groups": ["dev"], "email": "ada@acme.example"}
    sign_on = provider.sign_on(role_claim="groups", roles=ROLES)

    who = await log_in(sign_on)
    provider.userinfo = {**provider.userinfo, "sub": "somebody else"}

    assert (who.role, who.name) == (Role.RESPONDER, "ada@acme.example")
    with pytest.raises(NotAllowed, match="somebody else"):
        await log_in(sign_on)


@pytest.mark.parametrize(
    ("claims", "let_in"),
    [
        ({"email": "ada@acme.example", "email_verified": True}, True),
        ({"email": "ada@ACME.example", "email_verified": True}, True),
        ({"email": "ada@acme.example"}, False),
        ({"email": "ada@acme.example", "email_verified": "true"}, False),
        ({"email": "ada@evil.example", "email_verified": True}, False),
        ({"email": "ada@evil.example@acme.example.evil.example", "email_verified": True}, False),
        ({}, False),
    ],
)
async def test_only_verified_addresses_of_our_domains_are_let_in(
    provider: Provider, claims: dict[str, Any], let_in: bool
) -> None:
    provider.claims = claims
    sign_on = provider.sign_on(domains=["acme.example"], role="viewer")

    if let_in:
        assert (await log_in(sign_on)).role is Role.VIEWER
    else:
        with pytest.raises(NotAllowed, match="not let in"):
            await log_in(sign_on)


async def test_an_address_that_is_not_verified_names_nobody(provider: Provider) -> None:
    provider.claims = {"email": "boss@acme.example", "email_verified": False}

    assert (await log_in(provider.sign_on())).name is None


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5000, "é.é.é"])
async def test_what_is_no_token_is_refused(provider: Provider, token: str) -> None:
    provider.token = token

    with pytest.raises(NotAllowed):
        await log_in(provider.sign_on())


async def test_many_at_once_are_told_apart(provider: Provider) -> None:
    sign_on = provider.sign_on()

    found = await asyncio.gather(*(log_in(sign_on) for _ in range(8)))

    assert {one.subject for one in found} == {SUBJECT}
