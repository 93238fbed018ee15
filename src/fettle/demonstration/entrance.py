"""The way into a demonstration: an address with a secret, which lets in whoever started it.

It listens on this machine alone, and its address stands in the terminal alone; so it lets in as
often as it is followed, without a password to be thought of.
"""

import hmac

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from fettle.errors import NotIdentified
from fettle.flow.people import log_in
from fettle.flow.people.log_in import Entry
from fettle.frontends.api.serving import Serving
from fettle.frontends.web import answers, sessions
from fettle.model.role import Role
from fettle.store import log_ins, users

VISITOR = "visitor"


async def add(app: FastAPI, shared: Serving) -> str:
    """Make the visitor, who may do everything, and their way in; return its address."""
    secret = log_ins.new_secret("d")
    now = shared.clock.now()
    async with shared.pool.connection() as connection, connection.transaction():
        visitor = await users.create(connection, VISITOR, Role.ADMIN, "demonstration", now)

    async def enter(request: Request) -> Response:
        given = request.path_params["secret"]
        if not hmac.compare_digest(given.encode(), secret.encode()):
            remedy = "take the address that stands in the terminal"
            return answers.refused(NotIdentified("this is not the way in", remedy=remedy))
        browser, now = sessions.browser(request), shared.clock.now()
        async with shared.pool.connection() as connection, connection.transaction():
            entry = Entry(visitor, "link")
            cookie = await log_in.begin(shared.people, connection, entry, browser, now)
        response = answers.to("/")
        sessions.set_cookie(request, response, cookie)
        return response

    app.add_route("/demo/{secret}", enter, methods=["GET"], include_in_schema=False)
    return f"{shared.url}/demo/{secret}"
