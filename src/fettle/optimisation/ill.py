"""The kinds of ills that a page can have; how bad one is follows from what it costs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Evidence, Finding
from fettle.model.measurement import PageMeasurement
from fettle.model.severity import Severity, graded

# From then on somebody who waits is annoyed, and goes elsewhere.
_MEDIUM_MS, _HIGH_MS = 500.0, 2000.0

Rule = Callable[[PageMeasurement], Iterator[Finding]]


@dataclass(frozen=True)
class Ill:
    """A kind of ill: what it is called, and why it matters."""

    id: str
    title: str
    impact: str

    def of(
        self,
        subject: str,
        severity: Severity,
        description: str,
        evidence: Sequence[Evidence] = (),
        **metrics: float,
    ) -> Finding:
        """Return the finding that a page has it; what it costs is among the metrics."""
        return Finding(
            subject=subject,
            severity=severity,
            description=description,
            metrics={name: round(value, 3) for name, value in metrics.items()},
            evidence=tuple(evidence),
            check=self.id,
            category="performance",
            title=self.title,
            impact=self.impact,
        )


TEXT_UNPACKED = Ill(
    "text_unpacked",
    "Text is sent as it is",
    "HTML, scripts and style sheets are a quarter as long when they are packed.",
)
IMAGE_TOO_LARGE = Ill(
    "image_too_large",
    "An image has more pixels than are shown",
    "What the screen cannot show is loaded all the same, before what people wait for.",
)
IMAGE_HEAVY = Ill(
    "image_heavy",
    "An image takes more bytes than its pixels need",
    "Formats of today (AVIF, WebP) show the same in a fraction of the bytes.",
)
PAINT_FOUND_LATE = Ill(
    "paint_found_late",
    "The largest image is asked for late",
    "People see the page as finished when its largest image is there.",
)
RENDERING_BLOCKED = Ill(
    "rendering_blocked",
    "Style sheets or scripts hold back the first paint",
    "Nothing at all is seen until they are there.",
)
LAYOUT_PUSHED = Ill(
    "layout_pushed",
    "What people read is pushed away",
    "They lose the line, or press something else than they meant.",
)
SCRIPT_BUSY = Ill(
    "script_busy",
    "Scripts keep the page busy",
    "Meanwhile it answers no click.",
)
INTERACTION_SLOW = Ill(
    "interaction_slow",
    "A click is answered late",
    "People press again, or believe that it is broken.",
)
SERVER_SLOW = Ill(
    "server_slow",
    "The server takes long to answer",
    "Everything else begins after its first byte.",
)
OTHERS_HEAVY = Ill(
    "others_heavy",
    "Hosts of others cost much",
    "What they send is nobody's here, and changes without notice.",
)
LED_ON = Ill(
    "led_on",
    "The address leads on to another one",
    "Each redirect is a way to the server and back, before anything is loaded.",
)
NEVER_RESTS = Ill(
    "never_rests",
    "The page does not come to rest",
    "It goes on loading, and the figures are those until the time was over.",
)
DIALOG_OPENS = Ill(
    "dialog_opens",
    "The page opens a dialog while it loads",
    "Nothing goes on until somebody answers it.",
)
VISITS_DIFFER = Ill(
    "visits_differ",
    "The page is another at each visit",
    "Its figures are those of several pages, and a change is hard to tell from chance.",
)
REQUEST_FAILED = Ill(
    "request_failed",
    "Something that the page wants is not there",
    "It is asked for each time, and something is missing, or nobody needs it.",
)


def by_time(cost_ms: float) -> Severity:
    """Return how bad it is that something costs so much time; what only costs bytes is low."""
    return graded(cost_ms, medium=_MEDIUM_MS, high=_HIGH_MS) or Severity.LOW


IDS = tuple(one.id for one in list(globals().values()) if isinstance(one, Ill))
