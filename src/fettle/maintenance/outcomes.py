"""What several things that a step looked at, or did, come to together."""

from collections.abc import Awaitable, Sequence

from fettle.errors import ActFailed, CannotLook
from fettle.model.report import Report
from fettle.model.run import Json
from fettle.model.work import Outcome, Told, failed, passed, unknown

_ORDER = (Outcome.FAILED, Outcome.UNKNOWN)
_MOST = 5


async def of(name: str, doing: Awaitable[Told]) -> Told:
    """Return what came of something that is done with what has a name; nobody else is hindered."""
    try:
        return await doing
    except CannotLook as error:
        return unknown(f"{name}: {error.reason}", error.remedy)
    except ActFailed as error:
        return failed(f"{name}: {error.reason}", error.remedy)


def together(
    parts: Sequence[Told], right: str, detail: Json = None, report: Report | None = None
) -> Told:
    """Return the worst of them, with what is wrong first; `right` is said where all passed.

    What could not be looked at is told beside what failed.
    """
    wrong = [part for outcome in _ORDER for part in parts if part.outcome is outcome]
    if not wrong:
        return passed(right, detail, report)
    says = [part.says for part in wrong[:_MOST]]
    if len(wrong) > _MOST:
        says.append(f"and {len(wrong) - _MOST} more")
    remedies = dict.fromkeys(part.remedy for part in wrong[:_MOST] if part.remedy)
    return Told(wrong[0].outcome, "; ".join(says), "; ".join(remedies) or None, detail, report)
