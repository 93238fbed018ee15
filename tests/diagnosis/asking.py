"""Ask one check of a real database, as `fettle check --only ID` does."""

from fettle import unit
from fettle.diagnosis.look import look
from fettle.model.diagnosis import Outcome
from fettle.targets.postgres import Patience, looking_at
from fettle.unit.limits import limits_of


async def ask(url: str, check: str, **limits: object) -> Outcome:
    """Return what the check came to, with these limits over its defaults."""
    asked = unit.checks()[check]
    async with looking_at(url, Patience()) as database:
        return await look(database, asked, limits_of(asked, limits, where="test"))
