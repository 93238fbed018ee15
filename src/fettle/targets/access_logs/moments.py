"""The times of lines, as servers write them, as seconds since 1970."""

from datetime import UTC, datetime, timedelta, timezone

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name.encode(): number for number, name in enumerate(_NAMES, 1)}
# From which value on a number of seconds can only be milliseconds, microseconds, nanoseconds.
_FINER = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def seconds(when: object) -> float | None:
    """Return a line's time; None for what is none.

    It is `20/Nov/2026:10:00:00 +0100`, ISO 8601, or a number since 1970. Where no zone is given it
    is this machine's: it is its file.
    """
    match when:
        case bytes():
            return _of_bytes(when)
        case str():
            return _of_text(when)
        case bool():
            return None
        case int() | float():
            return _of_number(float(when))
    return None


def _of_bytes(when: bytes) -> float | None:
    if when[2:3] == b"/" and len(when) == 26:
        return _common(when)
    try:
        return _of_text(when.decode("ascii"))
    except UnicodeDecodeError:
        return None


def _common(when: bytes) -> float | None:
    try:
        east = int(when[22:24]) * 60 + int(when[24:26])
        zone = timezone(timedelta(minutes=-east if when[21:22] == b"-" else east))
        moment = datetime(
            int(when[7:11]), _MONTHS[when[3:6]], int(when[:2]),
            int(when[12:14]), int(when[15:17]), min(59, int(when[18:20])),
            tzinfo=UTC if not east else zone,
        )  # fmt: skip
        return moment.timestamp()
    except (ValueError, KeyError, OverflowError):
        return None


def _of_text(when: str) -> float | None:
    if len(when) == 26 and when[2] == "/":
        return _common(when.encode("ascii", "replace"))
    try:
        return _of_number(float(when))
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(when).timestamp()
    except (ValueError, OverflowError):
        return None


def _of_number(number: float) -> float | None:
    for least, parts in _FINER:
        if number >= least:
            number /= parts
            break
    # before the web there were no access logs, and a date must be able to be made of it
    return number if 6e8 < number < 1e11 else None
