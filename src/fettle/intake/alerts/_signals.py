"""What every mapping does last: bound what others wrote, and add what the settings say of a hook.

A title is one line. What is longer than its place is cut, and says how long it was; the whole is in
the delivery. A key too long to be one is cut and told apart by its hash, the same each time.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from fettle.intake.mapping import HookOptions, Posted
from fettle.model.severity import Severity, said_severity
from fettle.model.signal import Signal

# A list shows a title on one line, an index of PostgreSQL takes 2,700 bytes (a key has up to four
# a character), and a page shows a text without a scroll bar of its own.
TITLE, TEXT, KEY, LABEL, URL = 250, 20_000, 255, 1000, 2000
_NAME, _LABELS, _WORD = 200, 100, 60
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_GAPS = re.compile(r"\s+")

# What people call the service in labels. `job` is not among them: in Prometheus it names a scrape
# configuration, `node` for every machine there is, and would throw all of them together.
SERVICE = (
    "service",
    "service_name",
    "service.name",
    "app",
    "application",
    "app_kubernetes_io_name",
)
# The rule of what watches whether something answers: all that it says of a service is of one kind.
ANSWERS = "whether it answers"
_SEVERITY = ("severity", "priority", "level")


def source_of(posted: Posted, door: str) -> str:
    """Return what the signals of a delivery are from."""
    return f"{posted.hook}/{door}"


def settled(signal: Signal, options: HookOptions) -> Signal:
    """Return a signal as it is kept.

    How bad it is: by the hook's own words, then as the mapping found it, then by the words that
    monitoring systems share; where the signal has no word of its own, by its labels.
    """
    labels = {**_labels(signal.labels), **options.labels}
    word, severity = _severity(signal, labels, options)
    title, text = _title(signal.title, signal.text)
    service = signal.service or next((labels[name] for name in SERVICE if name in labels), None)
    return replace(
        signal,
        key=identity(signal.key),
        title=title,
        text=text,
        severity=severity,
        said_severity=word,
        service=_name(service) or options.service,
        group=None if signal.group is None else identity(signal.group),
        rule=None if signal.rule is None else identity(signal.rule),
        labels=labels,
        url=_url(signal.url),
        runbook_url=_url(signal.runbook_url),
    )


def identity(text: str) -> str:
    """Return a key that an index can hold."""
    text = clean(text)
    if len(text) <= KEY:
        return text
    return f"{text[: KEY - 41]}~{sha256(text.encode()).hexdigest()[:40]}"


def clean(text: str) -> str:
    """Return a text that can be stored: no NUL characters, no halves of surrogate pairs."""
    return _UNSTORABLE.sub("\ufffd", text)


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, which says how long it was."""
    if len(text) <= most:
        return text
    note = f"… ({len(text):,} characters)"
    return text[: most - len(note)] + note


def line(text: str, most: int) -> str:
    """Return a text on one line, cut."""
    start = _GAPS.sub(" ", clean(text[: 4 * most])).strip()
    if len(start) <= most and len(text) <= 4 * most:
        return start
    note = f"… ({len(text):,} characters)"
    return start[: most - len(note)] + note


def _title(title: str, text: str) -> tuple[str, str]:
    """Return a title on one line; what is lost of it stands before the text."""
    one = line(title, TITLE)
    if len(title) > TITLE and len(title) <= TEXT and title not in text:
        text = f"{title}\n\n{text}"
    return one, clean(cut(text.strip() if len(text) <= TEXT else text, TEXT))


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    kept = list(labels.items())[:_LABELS]
    return {line(name, _NAME): clean(cut(value, LABEL)) for name, value in kept if name.strip()}


def _severity(
    signal: Signal, labels: Mapping[str, str], options: HookOptions
) -> tuple[str | None, Severity | None]:
    word = signal.said_severity
    words = [word] if word else [labels[name] for name in _SEVERITY if name in labels]
    for said in words:
        own = options.severities.get(said.strip().casefold())
        known = own if own is not None else signal.severity
        known = known if known is not None else said_severity(said)
        if known is not None:
            return line(said, _WORD), known
    return (line(words[0], _WORD) if words else None), signal.severity


def _name(service: str | None) -> str | None:
    return line(service, _NAME) or None if service else None


def _url(url: str | None) -> str | None:
    """Return an address that may stand in a page: of the web, and whole."""
    if url is None or len(url) > URL or not url.startswith(("https://", "http://")):
        return None
    return clean(url)
