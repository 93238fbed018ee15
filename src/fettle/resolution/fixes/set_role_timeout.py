"""Let the server end a role's forgotten transactions.

What it does:  ALTER ROLE … IN DATABASE … SET idle_in_transaction_session_timeout = '5min'. It
    holds for sessions that begin after it; those that are there keep what they have.
Refused when:  The role has such a time-out already, is a superuser, or may not be altered.
Undo:          The value that was there before, or none.
Risk:          reversible. A client that needs longer pauses inside a transaction is disconnected.
Verified by:   The setting stands in the catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding
from fettle.model.fix import Question, Refusal, Risk, Steps
from fettle.model.sql import literal
from fettle.unit import fix

_SETTING = "idle_in_transaction_session_timeout"
# The guide of most frameworks keeps requests below a minute; five leave room for a slow one.
_VALUE = "5min"


@dataclass(frozen=True)
class Premise:
    """The role and the database, quoted; `value` is what is set for the two now."""

    role: str
    database: str
    superuser: bool
    value: str | None
    allowed: bool


@fix(
    reads="set_role_timeout.sql",
    cures=("idle_in_transaction",),
    troubles=("high_connection_usage", "blocking_queries"),
)
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Set the time-out where there is none yet."""
    if not premise:
        return Refusal(f"no session of {finding.subject} that was found is left")
    found = premise[0]
    if found.superuser:
        return Refusal(f"{found.role} is a superuser: set its time-outs by hand, if you must")
    if found.value not in (None, "0"):
        return Refusal(f"{found.role} has {_SETTING} = {found.value} in {found.database} already")
    if not found.allowed:
        return Refusal(
            f"the role that acts may not alter {found.role}: it needs CREATEROLE, and on "
            f"PostgreSQL 16 or newer {found.role} WITH ADMIN OPTION"
        )
    return _set(found, _VALUE, undo=_set(found, found.value, undo=None))


def _set(found: Premise, value: str | None, undo: Steps | None) -> Steps:
    where = f"ALTER ROLE {found.role} IN DATABASE {found.database}"
    change = f"RESET {_SETTING}" if value is None else f"SET {_SETTING} = {literal(value)}"
    wanted = f"{_SETTING}={'%' if value is None else value}"
    found_set = (
        "EXISTS (SELECT FROM pg_db_role_setting AS s JOIN pg_roles AS r ON r.oid = s.setrole"
        " CROSS JOIN unnest(s.setconfig) AS setting"
        f" WHERE format('%I', r.rolname) = {literal(found.role)}"
        " AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
        f" AND setting {'LIKE' if value is None else '='} {literal(wanted)})"
    )
    worked = (
        Question("the setting stands", f"SELECT {found_set}", "the setting is not there")
        if value is not None
        else Question("the setting is gone", f"SELECT NOT {found_set}", "it is still there")
    )
    return Steps(
        statements=(f"{where} {change}",),
        worked=worked,
        undo=undo,
        risk=Risk.REVERSIBLE,
        advice=("It holds for sessions that begin from now on",),
    )
