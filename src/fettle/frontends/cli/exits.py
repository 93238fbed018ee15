"""Exit codes: what a shell, a cron job or a pipeline learns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fettle.errors import ActFailed, CannotLook, FettleError, Refused, WrongUsage
from fettle.model.severity import Severity

if TYPE_CHECKING:
    from fettle.model.diagnosis import Diagnosis
    from fettle.model.update import UpdateCheck
    from fettle.resolution.document import RunDocument

OK = 0
MEDIUM = 1
BAD = 2
UNKNOWN = 3
USAGE = 64
INTERNAL = 70
INTERRUPTED = 130

REFUSED = 1
FAILED = 2
UNVERIFIED = 3


def of_diagnosis(diagnosis: "Diagnosis", fail_on: Severity | None) -> int:
    """Return the code of one diagnosis.

    With `fail_on` everything found below it is no failure. What could not be looked at counts
    only where nothing worse was found.
    """
    worst = diagnosis.worst
    threshold = Severity.MEDIUM if fail_on is None else fail_on
    if worst is not None and worst >= threshold:
        return BAD if worst >= Severity.HIGH else MEDIUM
    if diagnosis.unreachable or (diagnosis.unknown and fail_on is None):
        return UNKNOWN
    return OK


def of_updates(check: "UpdateCheck", fail_on: Severity | None) -> int:
    """Return the code of a look for updates: of the worst weakness that is known.

    What is only newer fails nothing. What was not looked at counts where nothing worse was found.
    """
    threshold = Severity.MEDIUM if fail_on is None else fail_on
    if check.worst is not None and check.worst >= threshold:
        return BAD if check.worst >= Severity.HIGH else MEDIUM
    return UNKNOWN if not check.whole and fail_on is None else OK


def worst_of(codes: Sequence[int]) -> int:
    """Return the code of several targets: what was found outweighs what could not be seen."""
    return max(codes, key=(OK, UNKNOWN, MEDIUM, BAD).index, default=OK)


def of_error(error: FettleError) -> int:
    """Return the code of an error that ended a command."""
    match error:
        case WrongUsage():
            return USAGE
        case Refused():
            return REFUSED
        case CannotLook():
            return UNKNOWN
        case ActFailed():
            return FAILED
    return INTERNAL


def severity(name: str | None) -> Severity | None:
    """Read `--fail-on`; raises WrongUsage."""
    try:
        return None if name is None else Severity.named(name)
    except ValueError as error:
        raise WrongUsage(f"--fail-on: {error}") from None


def of_run(run: "RunDocument") -> int:
    """Return the code of an act: done and verified, refused, failed, or done but not verified."""
    if run["status"] == "done" or (run["undoes"] and run["status"] == "undone"):
        return OK if run["verified"] else UNVERIFIED
    return REFUSED if run["status"] == "refused" else FAILED


def worst_act_of(codes: Sequence[int]) -> int:
    """Return the code of several acts: what failed outweighs what was not seen to have worked."""
    return max(codes, key=(OK, REFUSED, UNVERIFIED, FAILED, USAGE, INTERNAL).index)
