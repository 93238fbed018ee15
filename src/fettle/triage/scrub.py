"""Takes out of a text what nobody else should see, before it leaves for a language model.

What looks like an address, a key, a token, a password or a card number goes, and a word in its
place says what it was. It knows shapes, not meanings: a name or a street stays.
"""

import re

from fettle.model.card_number import is_card_number

_NAMED_LIKE = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|client[-_]?secret"
    r"|private[-_]?key|auth(?:orization)?|credential|session(?:[-_]?id)?|cookie)"
)
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "key",
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}KEY-----)?"
        ),
    ),
    ("password", re.compile(r"(?<=://)[^\s/@:]{0,200}:[^\s/]{1,200}(?=@)")),
    ("e-mail", re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    ("token", re.compile(r"\beyJ[\w-]{5,2000}\.[\w-]{5,4000}(?:\.[\w-]{0,2000})?")),
    ("token", re.compile(r"(?i)\b(?:bearer|basic)\s{1,5}[\w.~+/=-]{8,4000}")),
    (
        "key",
        re.compile(
            r"\b(?:sk|pk|rk|whsec|ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|AKIA|ASIA|AIza|npm|pypi"
            r"|dop_v1|shpat|SG)[-_.]?[\w-]{12,500}"
        ),
    ),
    (
        "secret",
        re.compile(
            rf"(?i)(?<=[\w\"'])?\b[\w-]{{0,30}}{_NAMED_LIKE}\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}"
            r"(?:\\?\"[^\"\n]{1,500}|\\?'[^'\n]{1,500}|[^\s\"',;&]{1,500})"
        ),
    ),
    ("IBAN", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")),
    (
        "key",
        re.compile(
            r"\b(?=[\w+/-]{0,200}\d)(?=[\w+/-]{0,200}[A-Za-z])[A-Za-z0-9+/_-]{32,500}={0,2}"
        ),
    ),
)
_DIGITS = re.compile(r"(?<!\d)(?<!\d\.)\d(?:[ -]?\d){12,18}(?!\.?\d)")


def scrubbed(text: str) -> str:
    """Return the text without what looks like a secret or a person's address."""
    for name, shape in _SHAPES:
        text = shape.sub(f"[{name}]", text)
    return _DIGITS.sub(
        lambda found: "[card number]" if is_card_number(found[0]) else found[0], text
    )
