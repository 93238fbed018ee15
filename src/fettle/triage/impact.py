"""Whom trouble hurts, and how, in one sentence."""

from fettle.model.signal import Facts
from fettle.triage.catalogue import Affected
from fettle.triage.reading import Reading
from fettle.triage.signs import (
    ALL,
    ASIDE,
    ASKED,
    CRASH,
    DOCUMENT,
    EXPOSED,
    FAILS,
    FLAW,
    LOCKED_OUT,
    LOST,
    MANY,
    MISDRAWN,
    ONE,
    OUTAGE,
    OVER,
    PAYMENT,
    PRETENCE,
    QUEUED,
    REHEARSED,
    SLOW,
    SOME,
    TROUBLE,
    TYPO,
    UNPAID,
    WHOLE,
)

# The worst first: what it means for those it hurts.
_HURTS = (
    (EXPOSED, "may have had their data seen by others"),
    (LOST, "may have lost data"),
    (UNPAID, "cannot pay"),
    (OUTAGE, "cannot use it"),
    (LOCKED_OUT, "cannot get in"),
    (CRASH, "lose what they are doing when it crashes"),
    (QUEUED, "wait longer than they should"),
    (FAILS, "meet errors"),
    (SLOW, "wait longer than they should"),
    (MISDRAWN, "see a page that is not as it should be"),
    (FLAW, "meet something that is not right"),
)

_CALM = (DOCUMENT, TYPO, ASKED, OVER, PRETENCE, REHEARSED)


def estimated(reading: Reading, facts: Facts, affected: Affected, *, printed: bool = False) -> str:
    """Return who is hurt and how, as far as it is known: "All users of shop: they cannot pay".

    Of what a program printed only the facts say whom it hurts.
    """
    if printed:
        reading = Reading({FAILS: ()}, ())
    users = reading.users if facts.users_affected is None else facts.users_affected
    how = _how(reading, facts)
    if how is None:
        if reading.dismissed or reading.has(*_CALM):
            return "Nobody is kept from working."
        return f"{_who(reading, users, affected)}: they may be hindered; how is not said."
    return f"{_who(reading, users, affected)}: they {how}."


def _how(reading: Reading, facts: Facts) -> str | None:
    stands = TROUBLE.intersection(reading.signs)
    if facts.data_exposed:
        stands |= {EXPOSED}
    if facts.data_lost:
        stands |= {LOST}
    if facts.money_stuck or (reading.together({PAYMENT}, {FAILS, OUTAGE, CRASH})):
        stands |= {UNPAID}
    return next((words for sign, words in _HURTS if sign in stands), None)


def _who(reading: Reading, users: int | None, affected: Affected) -> str:
    of = f" of {_listed(affected.named)}" if affected.named else ""
    behind = f" (and of {_listed(affected.behind)} behind it)" if affected.behind else ""
    if reading.has(ASIDE):
        return f"Those who test{of}"
    if users is not None:
        return f"About {users:,} {'user' if users == 1 else 'users'}{of}{behind}"
    if reading.has(ONE) and not reading.has(ALL, MANY):
        return f"One user{of}"
    if reading.has(ALL, WHOLE):
        return f"All users{of}{behind}"
    if reading.has(SOME):
        return f"Some users{of}{behind}"
    return f"Users{of}{behind}, how many is not known"


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
