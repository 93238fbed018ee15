"""What a step says once the fixes that it wished were made."""

from collections.abc import Mapping, Sequence
from typing import Any

from fettle.model.fix import RunStatus
from fettle.model.quantity import say_count
from fettle.model.run import Json
from fettle.model.work import Outcome, Told

Document = Mapping[str, Any]

ALREADY = "already"
_DONE = "it was done already when its turn came"


def may_be_done_already(ended: Document) -> bool:
    """Whether others may have done what a fix was to do: it did nothing, or nobody saw it work."""
    unsure = ended["status"] == RunStatus.DONE and not ended["verified"]
    return unsure or bool(ended["status"] == RunStatus.REFUSED)


def already(ended: Document) -> Document:
    """Return how a fix ended of which nothing was left to do."""
    return {**ended, "status": ALREADY, "verified": True, "reason": _DONE}


def summed_up(said: Sequence[Document], refused: Sequence[str], unseen: Sequence[str]) -> Told:
    """Say what came of fixes: what was not done is no success, but where others have done it."""
    detail: Json = {
        "fixes": [dict(one) for one in said],
        "refused": list(refused),
        "unseen": list(unseen),
    }
    right = {str(RunStatus.DONE), ALREADY}
    wrong = [one for one in said if one["status"] not in right or not one["verified"]]
    spared = sum(one["status"] == ALREADY for one in said)
    done = len(said) - len(wrong) - spared
    if wrong:
        first = wrong[0]
        says = f"{first['subject']}: {first['reason'] or first['status']}"
        return Told(Outcome.FAILED, says, detail=detail)
    if refused:
        more = f"; {say_count(done, 'fix', 'fixes')} done" if done else ""
        return Told(Outcome.FAILED, f"not done: {refused[0]}{more}", detail=detail)
    if unseen:
        return Told(Outcome.UNKNOWN, unseen[0], detail=detail)
    parts = [
        f"{say_count(done, 'fix', 'fixes')} done and verified" if done else "",
        f"{spared} already done" if spared else "",
    ]
    says = ", ".join(filter(None, parts)) or "nothing to be mended"
    return Told(Outcome.PASSED, says, detail=detail)


def with_fixes(told: Document, fixed: Document) -> Document:
    """Return what a step says that has had fixes made; what it could not see stays unseen.

    What came of the fixes is given to the steps after it, beside what it leaves them itself.
    """
    left = told["detail"] or {}
    detail = {**left, **fixed["detail"]} if isinstance(left, Mapping) else left
    if told["outcome"] == Outcome.PASSED or fixed["outcome"] == Outcome.FAILED:
        return {**told, **fixed, "report": told["report"], "detail": detail}
    return {**told, "says": f"{told['says']}; {fixed['says']}", "detail": detail}
