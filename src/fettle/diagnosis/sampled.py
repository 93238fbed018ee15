"""The causes of an issue by Fettle's own samples of targets: what looks at them measured.

Whoever notices trouble is late. So the incident begins some time before its issue does, which also
gives it good samples to be compared with, and normal is the day before that.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fettle.diagnosis.calls import Calls
from fettle.diagnosis.grounds import suspects
from fettle.model.deploy import Deploy
from fettle.model.incident import Change, Incident, Points, Span, Suspect
from fettle.model.service import Service

# Target → figure, with what it is a figure of (`p95_s /checkout`) → points.
Samples = Mapping[str, Mapping[str, Points]]

# An alert waits for minutes before it fires, and looks are minutes apart.
BEFORE = timedelta(minutes=45)
# What goes on for longer is judged by its beginning: later everything has another reason.
LONGEST = timedelta(hours=3)
NORMAL = timedelta(days=1)


def spans(began: datetime, until: datetime) -> tuple[Span, Span]:
    """Return what is normal, and what is the incident, of an issue that began and goes on until."""
    start = began - BEFORE
    end = min(until, began + LONGEST)
    normal = Span((start - NORMAL).timestamp(), start.timestamp())
    return normal, Span(start.timestamp(), max(start, end).timestamp())


def causes(
    about: Sequence[str],
    began: datetime,
    until: datetime,
    samples: Samples,
    services: Sequence[Service],
    deploys: Sequence[Deploy] = (),
) -> Sequence[Suspect]:
    """Return what may have caused an issue about services or other targets, the likeliest first.

    `samples` are from `spans` on, of those it is about and all that hangs together with them; what
    hangs together with none of them is left out. None where nothing of them was measured.
    """
    calls = [(service.name, needed) for service in services for needed in service.depends_on]
    graph = Calls(calls)
    reported = next((name for name in about if name in samples), None) or next(iter(about), None)
    if reported is None:
        return []
    tied = graph.tied(reported)
    given = {name: figures for name, figures in samples.items() if name in tied}
    if not given:
        return []
    normal, incident = spans(began, until)
    changes = [Change(one.service, one.at.timestamp(), f"deploy {one.version}") for one in deploys]
    return suspects(Incident(calls, given, incident, reported, normal, None, changes))
