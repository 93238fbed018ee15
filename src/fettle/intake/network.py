"""Whether it is our own network that is gone, when many targets give no answer at once; pure.

It is one piece of trouble then, and it makes what each of the targets is told for no news: they
open issues of their own when they still give no answer after it. See intake.hush.
"""

from fettle.intake import checked
from fettle.intake.hush import Inhibition
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.silence import Comparison, Matcher

KEY = "network"
FEWEST = 3  # two that are down at once are seldom one thing, and never prove it
_NAMED = 20

# Those that are looked at from one place: `on` is the label of the workers there.
INHIBITION = Inhibition(
    (Matcher("source", Comparison.IS, checked.HOOK), Matcher("check", Comparison.IS, KEY)),
    (Matcher("answer", Comparison.IS, "none"),),
    ("on",),
)


def is_gone(looked_at: int, away: int, *, already: bool) -> bool:
    """Whether so many of those that were looked at lately are away that it is the network.

    It begins with two thirds of them, and ends with less than half.
    """
    if already:
        return away * 2 >= looked_at and away > 1
    return away >= FEWEST and away * 3 >= looked_at * 2


def name(on: str | None) -> str:
    """Return what a network is kept as; no target is called so."""
    return f"/network/{on or ''}"


def began(on: str | None, looked_at: int, away: tuple[str, ...]) -> Signal:
    """Return what says that it is gone."""
    here = f"the workers {on!r}" if on else "Fettle"
    named = ", ".join(away[:_NAMED]) + (", …" if len(away) > _NAMED else "")
    text = (
        f"{len(away)} of {looked_at} targets that were looked at lately give no answer: {named}."
        f"\n\nWhat to do: look at the network of where {'they run' if on else 'it runs'}, and its "
        "name servers, first. Each that still gives no answer when others do is told of by itself."
    )
    return _signal(on, f"Most of what {here} looks at gives no answer", text, Severity.HIGH)


def ended(on: str | None, title: str) -> Signal:
    """Return what says that it is back."""
    text = "Most of what is looked at from there answers again."
    return _signal(on, title, text, None, firing=False)


def _signal(
    on: str | None, title: str, text: str, severity: Severity | None, *, firing: bool = True
) -> Signal:
    labels = {"check": KEY} if on is None else {"check": KEY, "on": on}
    key = KEY if on is None else f"{KEY}:{on}"
    return Signal(
        checked.HOOK,
        SignalKind.CHECK,
        key,
        firing=firing,
        title=title,
        text=text,
        severity=severity,
        group=key,
        labels=labels,
    )
