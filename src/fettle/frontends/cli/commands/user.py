"""`fettle user`: make, list and disable those who log in to the pages, and let them in."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from fettle.frontends.cli import credentials, exits, loop, options
from fettle.model.role import Role

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.frontends.report.user_document import (
        TieItem,
        TiesDocument,
        UserDocument,
        UserItem,
        UserLinkDocument,
    )

ROLES = [str(role) for role in Role]
_PATH = "/api/v1/users"
_PAGE = 200


@click.group()
def command() -> None:
    """Make, list and disable users of the pages, and let them in by one-time links."""


@command.command()
@click.option("--name", required=True, help="What they log in with, and timelines show: ada.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What they may do.")
@options.form
@click.pass_obj
@options.reach
def create(application: "Application", /, reach: "Reach", name: str, role: str, form: str) -> int:
    """Make a user, and print the address by which they log in, once, and set a password."""
    return _invited(loop.run(_post(application, reach, "", {"name": name, "role": role})), form)


@command.command()
@click.argument("name")
@click.option("--reset-totp", is_flag=True, help="Turn the second factor off: it is lost.")
@click.option("--keep-ties", is_flag=True, help="Let providers go on letting NAME in.")
@options.form
@click.pass_obj
@options.reach
def link(
    application: "Application",
    /,
    reach: "Reach",
    name: str,
    reset_totp: bool,
    keep_ties: bool,
    form: str,
) -> int:
    """Print an address by which NAME logs in, once, and sets a password; earlier ones end.

    So do their log-ins by OpenID providers, unless --keep-ties says otherwise.
    """
    body = {"reset_totp": reset_totp, "end_ties": not keep_ties}
    return _invited(loop.run(_post(application, reach, f"/{_part(name)}/link", body)), form)


@command.command("list")
@options.form
@click.pass_obj
@options.reach
def list_(application: "Application", /, reach: "Reach", form: str) -> int:
    """List the users, by name."""
    found = loop.run(_list(application, reach))
    lines = [_line(one) for one in found] or ["There are none."]
    document = {"schema": "fettle.users/1", "items": found, "next": None}
    credentials.show(document, form, "\n".join(lines))
    return exits.OK


@command.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@options.form
@click.pass_obj
@options.reach
def role(application: "Application", /, reach: "Reach", name: str, role: str, form: str) -> int:
    """Give NAME another role; where they are logged in, that ends."""
    made = loop.run(_post(application, reach, f"/{_part(name)}/role", {"role": role}))
    return _changed(made, form)


@command.command()
@click.argument("name")
@options.form
@click.pass_obj
@options.reach
def disable(application: "Application", /, reach: "Reach", name: str, form: str) -> int:
    """Shut NAME out, at once; the tokens that are theirs are refused, and named."""
    return _changed(loop.run(_post(application, reach, f"/{_part(name)}/disable")), form)


@command.command()
@click.argument("name")
@options.form
@click.pass_obj
@options.reach
def enable(application: "Application", /, reach: "Reach", name: str, form: str) -> int:
    """Let NAME log in again, as before."""
    return _changed(loop.run(_post(application, reach, f"/{_part(name)}/enable")), form)


@command.command()
@click.argument("name")
@click.option("--issuer", help="End those by this provider.")
@click.option("--subject", help="End that of whom the provider calls so.")
@click.option("--all", "all_", is_flag=True, help="End all of them.")
@options.form
@click.pass_obj
@options.reach
def untie(
    application: "Application",
    /,
    reach: "Reach",
    name: str,
    issuer: str | None,
    subject: str | None,
    all_: bool,
    form: str,
) -> int:
    """List the log-ins of NAME by OpenID providers, or end some; where they are logged in, too."""
    if not (issuer or subject or all_):
        found: TiesDocument = loop.run(_get(application, reach, f"/{_part(name)}/ties"))
        lines = [_tie(one) for one in found["items"]] or ["There are none."]
        credentials.show(found, form, "\n".join(lines))
        return exits.OK
    body = {"issuer": issuer, "subject": subject}
    return _changed(loop.run(_post(application, reach, f"/{_part(name)}/untie", body)), form)


@command.command("logout")
@click.argument("name")
@options.form
@click.pass_obj
@options.reach
def log_out(application: "Application", /, reach: "Reach", name: str, form: str) -> int:
    """End the sessions of NAME, wherever they are logged in."""
    return _changed(loop.run(_post(application, reach, f"/{_part(name)}/logout")), form)


def _invited(made: "UserLinkDocument", form: str) -> int:
    until = made["ends_at"].replace("T", " ").replace("Z", " UTC")
    credentials.show(made, form, f"{made['url']}\nonce, until {until}")
    return exits.OK


def _changed(made: "UserDocument", form: str) -> int:
    credentials.show(made, form, _line(made))
    return exits.OK


async def _post(
    application: "Application", reach: "Reach", path: str, body: Mapping[str, object] | None = None
) -> Any:  # noqa: ANN401 - JSON
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        return await api.post(f"{_PATH}{path}", body)


async def _get(application: "Application", reach: "Reach", path: str) -> Any:  # noqa: ANN401 - JSON
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        return await api.get(f"{_PATH}{path}", {})


async def _list(application: "Application", reach: "Reach") -> "list[UserItem]":
    from fettle.frontends.cli.api import reached

    found: list[UserItem] = []
    cursor: str | None = None
    async with reached(application, reach) as api:
        while True:
            page = await api.get(_PATH, {"cursor": cursor, "limit": _PAGE})
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found


def _part(name: str) -> str:
    return quote(name.strip() or "-", safe="")


def _tie(one: "TieItem") -> str:
    seen = f"last used {one['seen_at']}" if one["seen_at"] else "never used"
    return f"{one['issuer']}  {one['subject']}  since {one['created_at']}, {seen}"


def _line(one: "UserItem") -> str:
    ways = ["a password"] * one["password"] + one["providers"] + ["a second factor"] * one["totp"]
    seen = f"last logged in {one['seen_at']}" if one["seen_at"] else "never logged in"
    with_ = ", ".join(ways) or "nothing"
    refused = " (refused)" if one["state"] == "disabled" else ""
    tokens = f", tokens{refused}: {', '.join(one['tokens'])}" if one["tokens"] else ""
    return f"{one['name']}  {one['role']}  {one['state']}, {seen}, with {with_}{tokens}"
