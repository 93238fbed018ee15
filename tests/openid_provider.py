"""An OpenID provider on this machine: it speaks the protocol, and signs with a key of its own.

It believes who it is told that everybody is. What it is told to do wrong it does wrong.
"""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fettle.frontends.listening import Server
from fettle.settings.log_in import OidcSettings
from fettle.targets.openid import OpenId
from fettle.targets.outgoing import Outgoing
from fettle.testing import SteppedClock

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

CLIENT = "fettle client"
SECRET = "s3cret & more"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def _public(key: Key, kid: str) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        said = RSAAlgorithm.to_jwk(key.public_key())
    else:
        said = ECAlgorithm.to_jwk(key.public_key())
    return {**json.loads(said), "kid": kid, "use": "sig"}


@dataclass
class Provider:
    """What it says, and what it was asked."""

    issuer: str
    clock: SteppedClock
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    key: Key | str | None = RSA
    kid: str | None = "one"
    algorithm: str = "RS256"
    keys: dict[str, Key] = field(default_factory=lambda: {"one": RSA})
    posts_secret: bool = False
    calls_itself: str | None = None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    token: str | None = None

    def routes(self) -> list[Route]:
        """Return its addresses."""
        return [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/keys", self._keys),
            Route("/userinfo", self._userinfo),
        ]

    async def _discovery(self, _: Request) -> Response:
        self.asked.append("discovery")
        userinfo = {} if self.userinfo is None else {"userinfo_endpoint": f"{self.issuer}/userinfo"}
        way = "client_secret_post" if self.posts_secret else "client_secret_basic"
        return JSONResponse(
            {
                "issuer": self.calls_itself or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": [way],
                **userinfo,
            }
        )

    async def _authorize(self, request: Request) -> Response:
        given = dict(request.query_params)
        assert given["response_type"] == "code"
        assert given["client_id"] == CLIENT
        assert given["code_challenge_method"] == "S256"
        assert "openid" in given["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = given
        back = f"{given['redirect_uri']}?code={code}&state={given['state']}"
        return RedirectResponse(back, 302)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        form = await _form(request)
        begun = self.codes.pop(form["code"], None)
        if begun is None or not self._is_client(request, form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if proof != begun["code_challenge"] or form["redirect_uri"] != begun["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = self._id_token(begun["nonce"]) if self.token is None else self.token
        return JSONResponse({"access_token": "access", "token_type": "Bearer", "id_token": token})

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        if self.posts_secret:
            return (form["client_id"], form.get("client_secret")) == (CLIENT, SECRET)
        _, _, given = request.headers.get("authorization", "").partition(" ")
        return base64.b64decode(given).decode() == "fettle%20client:s3cret%20%26%20more"

    def _id_token(self, nonce: str) -> str:
        now = self.clock.now().timestamp()
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "248289761001",
            "iat": int(now),
            "exp": int(now) + 300,
            "nonce": nonce,
            **self.claims,
        }
        headers = {} if self.kid is None else {"kid": self.kid}
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, self.key or "", algorithm=self.algorithm, headers=headers)

    async def _keys(self, _: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": [_public(key, kid) for kid, key in self.keys.items()]})

    async def _userinfo(self, request: Request) -> Response:
        self.asked.append("userinfo")
        assert request.headers["authorization"] == "Bearer access"
        return JSONResponse(self.userinfo)

    def sign_on(self, **settings: object) -> OpenId:
        """Return what logs in by it, on the provider's clock."""
        known = OidcSettings.model_validate(
            {
                "name": "acme",
                "title": "Acme",
                "issuer": self.issuer,
                "client_id": CLIENT,
                "secret": SECRET,
                **settings,
            }
        )
        return OpenId(known, Outgoing(["127.0.0.0/8"]), self.clock)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


@asynccontextmanager
async def provided() -> AsyncIterator[Provider]:
    """Run a provider on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listener.getsockname()[1]}", SteppedClock())
    config = uvicorn.Config(
        Starlette(routes=provider.routes()), log_config=None, lifespan="off", access_log=False
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield provider
    finally:
        server.should_exit = True
        await serving
        listener.close()
