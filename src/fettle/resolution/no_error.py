"""What in a text is no error, though it has the words of one: settings, denials, good news."""

import re

# A number that is given to a name is a setting that is quoted: nothing has run out because of it.
_SETTING = re.compile(
    r"\b[\w.-]*(?:timeout|time_out|limit|retries|deadline|pool|max)[\w.-]*\s*=\s*[\"']?-?\d[\w.]*"
    r"|\b[a-z]+(?:_[a-z]+)*(?:_timeout|_limit|Timeout|TimeoutMS|Limit|_size|Size)\s*:\s*-?\d[\w.]*",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"error|fail|fatal|exception|refused|denied|panic|unable|cannot|can't|could not|couldn't"
    r"|not found|warn",
    re.IGNORECASE,
)
_GOOD = re.compile(
    r"\b(?:successful(?:ly)?|succeeded|success|completed|recovered|reconnected|renewed|restored"
    r"|passed|healthy|established|is up|resum(?:ed|ing)|started|listening|ready|granted|acquired"
    r"|released|ok)\b",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"(?i:\blevel[\"']?[=:]\s*[\"']?(?:info|debug|trace|notice)\b)"
    r"|^.{0,60}?\b(?:INFO|DEBUG|TRACE|NOTICE)\b|^.{0,60}?\[(?i:info|debug|trace|notice|note)\]"
)
_TO_COME = re.compile(r"DeprecationWarning|\bdeprecated\b|FutureWarning|will be removed")

_CLEARLY, _PARTLY = 2.0, 1.0


def without_settings(text: str) -> str:
    """Return a text without the settings that it quotes."""
    return _SETTING.sub(" ", text)


def speaks_against_error(text: str) -> float:
    """Return how much a text speaks against being an error at all, in the weights of signs."""
    if _TO_COME.search(text):
        return _CLEARLY
    notice = bool(_NOTICE.search(text))
    if _FAILED.search(text):
        return _PARTLY if notice else 0.0
    return _CLEARLY if notice or _GOOD.search(text) else 0.0
