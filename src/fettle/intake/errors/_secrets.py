"""What secrets look like: by the name that they are given, and by themselves.

Shapes are searched for in bytes, on RE2, which no text can make slow. Texts that are searched
together stand between NULs, so that no shape reaches over one. In the place of a secret stands a
word in brackets, which says what it was.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import re2

from fettle.model.card_number import is_card_number

SECRET = "[secret]"  # noqa: S105 - the word that stands for one
_SECRET = SECRET.encode()
_MOST_NAMES = 4096
# What is in the name of a secret; `_` stands for what may part its words.
_IN_NAMES = (
    *("password", "passwd", "passphrase", "passcode", "passwort", "pwd", "secret", "token"),
    *("api_key", "access_key", "private_key", "encryption_key", "signing_key", "session_key"),
    *("authorization", "credential", "session_id", "csrf", "xsrf", "cookie", "credit_card"),
    *("card_number", "connection_string"),
)
# What is a secret's whole name, or its last word: as a part it stands in too many others.
_LAST_WORDS = "auth|bearer|session|pass|pin|cvv|cvc|otp|sid|ssn|jwt|iban"
# What is told of a secret and is none: how many, of what kind, until when, that it is wrong.
_IS_ABOUT = re.compile(
    r"(?:tokens|type|count|length|len|size|limit|expir\w*|expires_(?:in|at)|ttl|policy|strength"
    r"|error|exception|invalid|missing|failed|not_?found|required|mismatch|denied|ur[il]|class)$"
    r"|^(?:max|min|num|total|n)_"
)
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")

# A value: in quotes that are escaped, in quotes, in brackets, or bare.
_QUOTED = (
    rb"""\\++["'][^"'\\\x00]*+(?:\\++["'])?"""
    rb"""|[bruBRU]{0,2}"(?:[^"\\\x00]|\\[^\x00])*+"?"""
    rb"""|[bruBRU]{0,2}'(?:[^'\\\x00]|\\[^\x00])*+'?"""
)
_BARE = rb"""[\[({][^\])}\x00]*+[\])}]?|[^\s,;&"'<>(){}\[\]\\\x00]++"""
_OF_PROSE, _OF_SOURCE = re.compile(_QUOTED + b"|" + _BARE), re.compile(_QUOTED)
_IS = r"""[\\"'\])]{0,4}[ \t]{0,3}(?:=>|=|:)[ \t]{0,3}"""
_HEADER = (
    r"""(?i)((?:\b|_)(?:authorization|cookie)["'\\]{0,4}[ \t]{0,3}[:=][ \t]{0,3}["'\\]{0,4})"""
    r"""([^\n"'\\\x00]+)"""
)
# What stands for a value and is none: nothing, a parameter, what was taken out already.
_HARMLESS = re.compile(
    rb"""["'\\(\[{]*(?:none|null|nil|undefined|true|false|str|string|\$\d+|\?|%s|%\(\w+\)s|:\w+"""
    rb"""|\*+|\.{3}|\xe2\x80\xa6|filtered|redacted|secret|token|key|password)?["'\\)\]}]*""",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(rb"[A-Za-z']+[.:!]?")
_SHORT = re.compile(rf"(?i)\b(?:{_LAST_WORDS}):".encode())
_LOOKS_MADE = re.compile(rb"\d|[a-z][A-Z]|[A-Z]{2}[a-z]|=$")
_FRACTION = re.compile(rb"\d\.$")
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[068]\d{12}|6\d{15,18}"
)


def plain_name(name: str) -> str:
    """Return a name as `api_key`, whether it was written `apiKey`, `API-KEY` or `api key`."""
    return _WORDS.sub("_", name).lower().strip("_")


@dataclass(frozen=True)
class Names:
    """What secrets are called: what everybody calls them, and what `also` is in their names."""

    also: tuple[str, ...] = ()

    def tell(self, name: str) -> bool:
        """Whether what has this name is a secret."""
        plain = plain_name(name)
        if self._also is not None and self._also.search(plain.replace("_", "")):
            return True
        return bool(self._usual.search(plain)) and _IS_ABOUT.search(plain) is None

    @cached_property
    def _usual(self) -> re.Pattern[str]:
        parts = "|".join(name.replace("_", "_?") for name in _IN_NAMES)
        return re.compile(rf"{parts}|(?:^|_)(?:{_LAST_WORDS})$")

    @cached_property
    def _also(self) -> re.Pattern[str] | None:
        parts = [plain_name(name).replace("_", "") for name in self.also]
        return re.compile("|".join(parts)) if parts else None

    @cached_property
    def written(self) -> str:
        """The expression of such a name in a text."""
        parts = [re2.escape(plain_name(name)) for name in self.also]
        parts = [part.replace("_", "[-_ ]?") for part in (*_IN_NAMES, *parts)]
        return rf"(?:[\w.-]*(?:{'|'.join(parts)})[\w-]*|(?:\b|[\w.-]*[_-])(?:{_LAST_WORDS}))"


@dataclass(frozen=True)
class _Shape:
    expression: Any
    replaced: bytes | Callable[[Any], bytes]

    def taken_out(self, text: bytes) -> bytes:
        # The library is slow to say that nothing was found, and quick when only that is asked.
        if self.expression.search(text) is None:
            return text
        return bytes(self.expression.sub(self.replaced, text))


@dataclass(frozen=True)
class _Rare:
    """Shapes that hardly a text has: one search says that it has none of them."""

    shapes: tuple[_Shape, ...]

    def taken_out(self, text: bytes) -> bytes:
        if self._any.search(text) is not None:
            for shape in self.shapes:
                text = shape.taken_out(text)
        return text

    @cached_property
    def _any(self) -> Any:  # noqa: ANN401 - re2 has no types
        parts = (f"(?:{shape.expression.pattern.decode()})" for shape in self.shapes)
        return _expression("|".join(parts))


@dataclass(frozen=True)
class _Assigned:
    """A name of a secret, and the value that it is given."""

    names: Names
    values: re.Pattern[bytes]

    def taken_out(self, text: bytes) -> bytes:
        """Return a text without these values; in what is none, others may be."""
        parts: list[bytes] = []
        done = 0
        for found in self._expression.finditer(text):
            start, end = found.span()
            if end <= done or not self._tells(text[start:end]):
                continue
            value = self.values.match(text, end)
            if value is None or _is_none(text, start, value):
                continue
            parts += (text[done:end], _masked(value[0]))
            done = value.end()
        return b"".join((*parts, text[done:])) if parts else text

    @cached_property
    def _expression(self) -> Any:  # noqa: ANN401 - re2 has no types
        return _expression(f"(?i){self.names.written}{_IS}")

    @cached_property
    def _tells(self) -> Callable[[bytes], bool]:
        """Whether what stands before a value, `user.password =` or `"token": `, names a secret."""
        return lru_cache(_MOST_NAMES)(
            lambda name: self.names.tell(name.decode("utf-8", "replace").rpartition(".")[2])
        )


@dataclass(frozen=True)
class Shapes:
    """Takes out of texts what looks like a secret."""

    names: Names

    def prose(self, text: bytes) -> bytes:
        """Return what was said, asked, held or logged, without secrets."""
        for shape in self._of_prose:
            text = shape.taken_out(text)
        return text

    def source(self, text: bytes) -> bytes:
        """Return lines of source without secrets; only what stands in quotes is a value there."""
        for shape in self._of_source:
            text = shape.taken_out(text)
        return text

    @cached_property
    def _of_prose(self) -> tuple[_Shape | _Rare | _Assigned, ...]:
        header = _Shape(_expression(_HEADER), _without_header)
        return (_Assigned(self.names, _OF_PROSE), header, *_BY_THEMSELVES)

    @cached_property
    def _of_source(self) -> tuple[_Shape | _Rare | _Assigned, ...]:
        return (_Assigned(self.names, _OF_SOURCE), *_BY_THEMSELVES)


def _masked(value: bytes) -> bytes:
    """Return what stands for a value, in the quotes that it had."""
    opened = re.match(rb"""[bruBRU]{0,2}(\\*["'])""", value)
    return opened[1] + _SECRET + opened[1] if opened else _SECRET


def _is_none(text: bytes, start: int, value: re.Match[bytes]) -> bool:
    """Whether what is given stands for nothing; or goes on speaking: `token: expected a number`."""
    if _HARMLESS.fullmatch(value[0]):
        return True
    name = text[start : value.start()]
    if b":" not in name:
        return False
    if text[max(0, start - 12) : start].lower().endswith(b"unexpected "):
        return True
    if _PLAIN_WORD.fullmatch(value[0]) is None:
        return False
    after = text[value.end() : value.end() + 2]
    goes_on = after[:1] == b" " and after[1:].isalnum()
    return value[0][-1:] in (b".", b":", b"!") or goes_on or _SHORT.search(name) is not None


def _without_header(found: Any) -> bytes:  # noqa: ANN401 - re2 has no types
    return bytes(found[0] if _HARMLESS.fullmatch(found[2].strip()) else found[1] + _SECRET)


def _without_token(found: Any) -> bytes:  # noqa: ANN401 - re2 has no types
    """Return `Bearer [token]`; `basic authentication` stays."""
    return bytes(found[1] + b"[token]" if _LOOKS_MADE.search(found[2]) else found[0])


def _without_card(found: Any) -> bytes:  # noqa: ANN401 - re2 has no types
    digits = re.sub(rb"[ -]", b"", found[0]).decode()
    fraction = _FRACTION.search(found.string[max(0, found.start() - 2) : found.start()])
    if fraction is None and _CARD.fullmatch(digits) and is_card_number(digits):
        return b"[card number]"
    return bytes(found[0])


def _expression(text: str) -> Any:  # noqa: ANN401 - re2 has no types
    options = re2.Options()
    options.max_mem = 32 << 20
    return re2.compile(text.encode(), options)


_KEYS = (
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"(?:sk|pk|rk)_(?:live|test)_\w{10}\w*",
    r"sk-[\w-]{20}[\w-]*",
    r"gh[opsur]_\w{20}\w*",
    r"github_pat_\w{20}\w*",
    r"glpat-[\w-]{20}[\w-]*",
    r"xox[abeprs]-[\w-]{10}[\w-]*",
    r"AIza[\w-]{30}[\w-]*",
    r"npm_\w{30}\w*",
    r"pypi-[\w-]{30}[\w-]*",
    r"dop_v1_\w{30}\w*",
    r"shpat_\w{20}\w*",
    r"whsec_[\w+/=]{20}[\w+/=]*",
    r"hvs\.[\w-]{20}[\w-]*",
    r"SG\.[\w-]{16}[\w-]*\.[\w-]{16}[\w-]*",
    r"fettle_[a-z]+_[\w-]{20}[\w-]*",
)


_CARD_WRITTEN = (
    r"\b(?:\d{13,19}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}(?:[ -]\d{3})?"
    r"|\d{4}[ -]\d{6}[ -]\d{5})\b"
)


def _keys() -> Iterator[_Shape]:
    for expression, replaced in (
        (
            r"-----BEGIN [A-Z ]*KEY-----(?:[^\x00]*?-----END [A-Z ]*KEY-----|[^\x00]*)",
            b"[private key]",
        ),
        (r"""(://[^\s/@:\x00"'<>]*:)[^\s/@\x00"'<>]+(@)""", rb"\1[password]\2"),
        (r"\beyJ[\w-]{5}[\w-]*\.[\w-]{5}[\w-]*(?:\.[\w-]*)?", b"[token]"),
        (r"(?i)(\b(?:bearer|basic) +)([\w.~+/=-]{8}[\w.~+/=-]*)", _without_token),
        (rf"\b(?:{'|'.join(_KEYS)})", b"[key]"),
    ):
        yield _Shape(_expression(expression), replaced)


# Many a fraction has as many digits as a card's number.
_BY_THEMSELVES = (_Rare(tuple(_keys())), _Shape(_expression(_CARD_WRITTEN), _without_card))
