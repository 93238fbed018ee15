"""Log people in by an OpenID provider: the authorization code flow, with PKCE, state and nonce.

1. What the provider is comes from its discovery document, which must name the very issuer that the
   settings name; its keys are fetched from where that says. Both are kept for an hour, and keys are
   fetched anew when a token names one that is not there.
2. Its token is believed when it is signed with one of those keys by an asymmetric algorithm, was
   made for us, by it, for this log-in, and is in force.
3. What the settings ask for and the token does not say is asked of its userinfo address, whose
   answer counts when it is about the same subject.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from fettle.errors import NotAllowed, NotSupported, Unreachable
from fettle.model.ports import Clock
from fettle.model.role import Role
from fettle.model.sign_on import Begun, Identity
from fettle.settings.log_in import OidcSettings
from fettle.targets.outgoing import Answer, Outgoing

Claims = Mapping[str, Any]

# Of RFC 7518 and 8037, those that need a key that only the provider has.
_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
_KEPT_FOR = timedelta(hours=1)
_KEYS_AGAIN_AFTER = timedelta(minutes=1)
_LEEWAY = timedelta(minutes=2)  # that its clock may be off
_LONGEST_LIFE = timedelta(days=1)


@dataclass(frozen=True)
class _Provider:
    """What it says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    posts_secret: bool
    known_at: datetime


class OpenId:
    """One provider; implements model.ports.SignOn."""

    def __init__(self, settings: OidcSettings, outgoing: Outgoing, clock: Clock) -> None:
        self._settings = settings
        self._outgoing = outgoing
        self._clock = clock
        self._provider: _Provider | None = None
        self._keys: tuple[Mapping[str, Any], datetime] | None = None

    @property
    def name(self) -> str:
        """See model.ports.SignOn."""
        return self._settings.name

    @property
    def title(self) -> str:
        """See model.ports.SignOn."""
        return self._settings.title or self._settings.name

    @property
    def issuer(self) -> str:
        """See model.ports.SignOn."""
        return self._settings.issuer

    async def begin(self, back: str, begun: Begun) -> str:
        """See model.ports.SignOn."""
        provider = await self._known()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": " ".join(self._settings.scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        sign = "&" if "?" in provider.authorization else "?"
        return f"{provider.authorization}{sign}{urlencode(asked)}"

    async def end(self, back: str, code: str, begun: Begun) -> Identity:
        """See model.ports.SignOn."""
        provider = await self._known()
        answered = await self._redeem(provider, back, code, begun)
        claims = await self._proved(provider, str(answered.get("id_token", "")), begun.nonce)
        access = answered.get("access_token")
        if provider.userinfo and access and not all(_claim(claims, c) for c in self._wanted()):
            claims = {**await self._userinfo(provider.userinfo, str(access), claims), **claims}
        return self._identity(claims)

    async def _redeem(
        self, provider: _Provider, back: str, code: str, begun: Begun
    ) -> Mapping[str, Any]:
        """Give the code for tokens."""
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self._settings.client_id,
            "code_verifier": begun.verifier,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        secret = self._settings.secret
        if secret is not None and provider.posts_secret:
            given["client_secret"] = secret
        elif secret is not None:
            pair = f"{quote(self._settings.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        answer = await self._outgoing.call(
            "POST", provider.token, headers=headers, content=urlencode(given).encode()
        )
        if answer.status != 200:
            raise NotAllowed(f"{self.title} does not know the log-in: {_said(answer)}")
        return self._document(answer)

    async def _proved(self, provider: _Provider, token: str, nonce: str) -> Claims:
        """Return what an ID token claims; raises NotAllowed when it proves nothing."""
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(provider, header.get("kid"), str(header.get("alg")))
            claims: Claims = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self._settings.client_id,
                issuer=self._settings.issuer,
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat"],
                    "verify_exp": False,  # by our own clock, below
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, binascii.Error, ValueError) as error:
            raise NotAllowed(f"the token of {self.title} proves nothing: {error}") from None
        wrong = _wrong(claims, self._settings.client_id, nonce, self._clock.now())
        if wrong is not None:
            raise NotAllowed(f"the token of {self.title} is not for this log-in: {wrong}")
        return claims

    async def _key(self, provider: _Provider, kid: object, algorithm: str) -> Any:  # noqa: ANN401
        """Return the key that a token names; where it names none, the only one there is."""
        import jwt

        if algorithm not in _ALGORITHMS:
            raise jwt.InvalidAlgorithmError(f"{algorithm[:20]} is no algorithm that we believe")
        for again in (False, True):
            found = [
                key
                for key in await self._key_set(provider, again=again)
                if key.get("use", "sig") == "sig" and kid in (None, key.get("kid"))
            ]
            if len(found) == 1:
                return jwt.PyJWK(dict(found[0]), algorithm).key
        raise jwt.InvalidKeyError("it is signed with a key that the provider does not name")

    async def _key_set(self, provider: _Provider, *, again: bool) -> Sequence[Mapping[str, Any]]:
        now = self._clock.now()
        age = None if self._keys is None else now - self._keys[1]
        if age is None or age >= (_KEYS_AGAIN_AFTER if again else _KEPT_FOR):
            answer = await self._outgoing.call("GET", provider.keys)
            self._keys = self._document(answer), now
        keys = self._keys[0].get("keys") if self._keys else None
        return [key for key in keys or () if isinstance(key, Mapping)]

    async def _known(self) -> _Provider:
        """Return what the provider says of itself."""
        now = self._clock.now()
        if self._provider is None or now - self._provider.known_at >= _KEPT_FOR:
            url = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            said = self._document(await self._outgoing.call("GET", url))
            if said.get("issuer") != self._settings.issuer:
                raise NotSupported(
                    f"{url} calls itself {said.get('issuer')}",
                    remedy=f"write that as [[oidc]] {self.name}: issuer, if it is the right one",
                )
            self._provider = self._described(said, now)
        return self._provider

    def _described(self, said: Mapping[str, Any], now: datetime) -> _Provider:
        def address(name: str) -> str:
            url = str(said.get(name, ""))
            if not url.startswith(("https://", f"{self._settings.issuer.partition('://')[0]}://")):
                raise NotSupported(f"{self.title} has no {name} by https")
            return url

        ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return _Provider(
            address("authorization_endpoint"),
            address("token_endpoint"),
            address("jwks_uri"),
            address("userinfo_endpoint") if said.get("userinfo_endpoint") else None,
            "client_secret_basic" not in ways,
            now,
        )

    async def _userinfo(self, url: str, access: str, claims: Claims) -> Claims:
        answer = await self._outgoing.call(
            "GET", url, headers={"Authorization": f"Bearer {access}", "Accept": "application/json"}
        )
        said = self._document(answer)
        if said.get("sub") != claims["sub"]:
            raise NotAllowed(f"{self.title} tells of somebody else than who has logged in")
        return said

    def _document(self, answer: Answer) -> Mapping[str, Any]:
        try:
            document = json.loads(answer.body) if answer.status == 200 else None
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Unreachable(
                f"{self.title} answered {answer.status}, and not what an OpenID provider does",
                remedy="try again, or log in by password",
            )
        return document

    def _wanted(self) -> list[str]:
        """Return the claims that the settings ask for."""
        role = [self._settings.role_claim] if self._settings.role_claim else []
        email = ["email", "email_verified"] if self._settings.domains else []
        return [self._settings.name_claim, *role, *email]

    def _identity(self, claims: Claims) -> Identity:
        """Return who it is; raises NotAllowed for who is of no domain that is let in."""
        settings = self._settings
        email = str(claims.get("email", ""))
        domains = {domain.lower().lstrip("@") for domain in settings.domains}
        if domains and not (
            claims.get("email_verified") is True and email.rpartition("@")[2].lower() in domains
        ):
            raise NotAllowed(
                f"{email or 'who has logged in'} is not let in",
                remedy=f"use a verified address of {', '.join(sorted(domains))}",
            )
        name = _claim(claims, settings.name_claim)
        if settings.name_claim == "email" and claims.get("email_verified") is False:
            name = None
        return Identity(
            settings.issuer,
            str(claims["sub"]),
            name if isinstance(name, str) else None,
            self._role(claims),
            decides=settings.role_claim is not None,
        )

    def _role(self, claims: Claims) -> Role | None:
        settings = self._settings
        if settings.role_claim is None:
            return settings.role
        said = _claim(claims, settings.role_claim)
        values = said if isinstance(said, list) else [said]
        found = [
            settings.roles[one] for one in values if isinstance(one, str) and one in settings.roles
        ]
        return max(found, default=settings.role)


def _claim(claims: Claims, path: str) -> Any:  # noqa: ANN401 - JSON
    """Return a claim; one within others where the path has dots, and none is called so itself."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _wrong(claims: Claims, client: str, nonce: str, now: datetime) -> str | None:
    """Return what is wrong about claims that are signed and addressed rightly; None for nothing."""
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client:
        return "it was made for another client"
    if claims.get("nonce") != nonce:
        return "it is of another log-in"
    return _out_of_time(claims, now)


def _out_of_time(claims: Claims, now: datetime) -> str | None:
    """Return why claims are not in force; None when they are."""
    moment, leeway = now.timestamp(), _LEEWAY.total_seconds()
    try:
        made, ends = float(claims["iat"]), float(claims["exp"])
        begins = float(claims.get("nbf", made))
    except (TypeError, ValueError):
        return "its times are none"
    if ends + leeway <= moment:
        return "it has ended"
    if max(made, begins) - leeway > moment:
        return "it is of the future; do the clocks agree?"
    if made + _LONGEST_LIFE.total_seconds() < moment:
        return "it is too old"
    return None


def _said(answer: Answer) -> str:
    """Return why a provider has refused, as far as it says so."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = {}
    error = said.get("error") if isinstance(said, dict) else None
    return str(error)[:100] if error else f"it answered {answer.status}"
