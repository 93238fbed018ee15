"""What in a text is no error, though it has the words of one: settings, denials, good news."""

import re

# A number that is given to a name is a setting that is quoted: nothing has run out because of it.
_GIVEN = re.compile(
    r"(?<![\w.-])(?:(?P<name>[\w.-]{1,60})\s{0,3}=\s{0,3}[\"']?-?\d[\w.]{0,20}"
    r"|(?P<key>[A-Za-z_]{1,60})\s{0,3}:\s{0,3}-?\d[\w.]{0,20})"
)
# So is a name between ticks, and one of which it is said what it must be.
_NAMED = re.compile(
    r"`[a-z][\w.]{0,60}(?:\(\))?`"
    r"|[\"'][a-z][\w.-]{0,60}[\"'](?= (?:parameter|argument|option|setting)\b)"
)
_MUST = re.compile(
    r"\b(?:[\w-]{1,40} )?[\w-]{0,40}(?:timeout|limit|size|retries)(?: value)?"
    r"(?= (?:must|should|has to|needs to|cannot) be\b| (?:parameter|argument|option|setting)\b)",
    re.IGNORECASE,
)
# A value that is empty stands in what is printed of a record; nobody has stumbled over it.
_EMPTY = re.compile(r"(?<=[:=])\s{0,3}(?:nil|null|none|undefined)(?=\s{0,3}[,}\])])", re.IGNORECASE)
_NAMES = re.compile(r"timeout|time_out|limit|retries|deadline|pool|max", re.IGNORECASE)
_KEYS = re.compile(r"(?:_timeout|_limit|_size|Timeout(?:MS)?|Limit|Size)\Z")
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
# Who goes on in another way has told why, and needs no cure.
_GOT_OVER = re.compile(
    r"\b(?:ignor(?:ed|ing)|skipp(?:ed|ing)|fall(?:s|ing)? back|using (?:the )?default"
    r"|truncating|defaulting)\b",
    re.IGNORECASE,
)
_TO_COME = re.compile(r"DeprecationWarning|\bdeprecated\b|FutureWarning|will be removed")

_CLEARLY, _PARTLY, _SLIGHTLY = 2.0, 1.5, 1.0


def without_settings(text: str) -> str:
    """Return a text without the settings that it quotes, and without values that are empty."""
    text = _NAMED.sub(_without_name, _GIVEN.sub(_left_out, text))
    return _EMPTY.sub(" ", _MUST.sub(" ", text))


def _left_out(given: re.Match[str]) -> str:
    name, key = given["name"], given["key"]
    setting = _NAMES.search(name) if name else _KEYS.search(key)
    return " " if setting else given[0]


def _without_name(named: re.Match[str]) -> str:
    return " " if _NAMES.search(named[0]) else named[0]


def speaks_against_error(text: str) -> float:
    """Return how much a text speaks against being an error at all, in the weights of signs."""
    if _TO_COME.search(text):
        return _CLEARLY
    notice = bool(_NOTICE.search(text))
    if _FAILED.search(text):
        return _PARTLY * notice + _SLIGHTLY * bool(_GOT_OVER.search(text))
    return _CLEARLY if notice or _GOOD.search(text) else 0.0
