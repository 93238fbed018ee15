"""A statement of pg_stat_statements, as the SELECT whose plan may be asked for without harm.

Asking for the plan of an UPDATE or a DELETE would lock its table against index builds, and needs
the right to write; so does FOR UPDATE. What finds the rows is planned the same in a SELECT, which
takes no more than AccessShare. The text comes from outside: what is not understood is left alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# The lexical rules: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
_TOKEN = re.compile(
    r"""
    (?P<blank> \s+ | --[^\n]* | /\*(?:(?!/\*|\*/).)*\*/ )
    | (?P<text> [eE]'(?:[^'\\]|\\.|'')*' | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'
        | (?P<tag>\$(?:[A-Za-z_\u0080-\U0010ffff][\w\u0080-\U0010ffff]*)?\$).*?(?P=tag) )
    | (?P<parameter> \$\d+ )
    | (?P<quoted> (?:[uU]&)?"(?:[^"]|"")+" )
    | (?P<word> [A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]* )
    | (?P<number> \d[\w.]* | \.\d\w* )
    | (?P<mark> :: | := | [()\[\],;:.] )
    | (?P<operator> (?:(?!--|/\*)[-+*/<>=~!@\#%^&|`?])+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_READS = ("select", "with", "values", "table")
_WRITES = ("insert", "update", "delete", "merge")
# Since PostgreSQL 18 a list of values is normalised to its first.
_LIST = re.compile(r"(\$\d+) /\*, \.\.\. \*/")
# A typed literal loses its literal when it is normalised: interval $1 is no SQL, $1::interval is.
_TYPES = ("interval", "date", "time", "timetz", "timestamp", "timestamptz", "uuid", "numeric")


@dataclass(frozen=True)
class Token:
    """A word of SQL; `kind` is the name of its group in the lexical rules."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The keyword or plain name in lower case, as the server folds it; else nothing."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def name(self) -> str | None:
        """What it names, as the catalogue writes it, or None."""
        if self.kind == "quoted" and self.text[0] == '"':
            return self.text[1:-1].replace('""', '"')
        return self.word or None


@dataclass(frozen=True)
class Unplanned:
    """A statement whose plan is not asked for: why."""

    why: str


class _NotUnderstood(Exception):
    pass


def tokens(text: str) -> list[Token]:
    """Return the words of a text of SQL; ValueError for what is none."""
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ValueError(f"not SQL from {text[place : place + 20]!r} on")
        if match.lastgroup != "blank":
            kind = "text" if match.lastgroup == "tag" else match.lastgroup
            found.append(Token(kind, match[0]))
        place = match.end()
    return found


def as_select(text: str, rows: float | None = None) -> str | Unplanned:
    """Return the SELECT that finds the same rows, its parameters numbered without a gap.

    `rows` is how many a call returns: it stands in for an outer LIMIT's parameter, of which the
    planner would guess a tenth of all there are.
    """
    try:
        words = tokens(_LIST.sub(r"\1, \1", text))
    except ValueError as error:
        return Unplanned(str(error))
    while words and words[-1].text == ";":
        words.pop()
    if any(token.text == ";" for token in words):
        return Unplanned("it is more than one statement")
    try:
        words = _reading(words)
    except _NotUnderstood as refusal:
        return Unplanned(str(refusal))
    words = list(_without_locks(words))
    words = list(_with_typed_parameters(words))
    words = list(_with_limit(words, rows))
    return " ".join(_renumbered(words))


def _reading(words: list[Token]) -> list[Token]:
    verb = next((token.word for token in words if token.text != "("), "")
    inner = [after.word for token, after in pairwise(words) if token.text == "("]
    # inside a subquery nothing writes; inside a WITH it might
    if "with" in (verb, *inner) and any(word in _WRITES for word in inner):
        raise _NotUnderstood("a part of it writes")
    if verb == "update":
        return _update(words)
    if verb == "delete":
        return _delete(words)
    if verb in _READS:
        outer = [token.word for token, depth in _deep(words) if depth == 0]
        if verb == "with" and any(word in _WRITES for word in outer):
            raise _NotUnderstood("it begins WITH, and writes")
        return words
    raise _NotUnderstood("only what SELECT, UPDATE and DELETE look for can be found by an index")


def _update(words: list[Token]) -> list[Token]:
    """UPDATE target SET … [FROM others] [WHERE …] [RETURNING …]."""
    sets = _find(words, "set", 1)
    where = _find(words, "where", sets + 1)
    end = _find(words, "returning", sets + 1)
    others = _find(words, "from", sets + 1)
    while others < min(where, end) and words[others - 1].word == "distinct":
        others = _find(words, "from", others + 1)
    more = words[others + 1 : min(where, end)]
    return _select(words[1:sets], more, words[where + 1 : end])


def _delete(words: list[Token]) -> list[Token]:
    """DELETE FROM target [USING others] [WHERE …] [RETURNING …]."""
    where = _find(words, "where", 2)
    end = _find(words, "returning", 2)
    using = min(_find(words, "using", 2), where, end)
    return _select(words[2:using], words[using + 1 : min(where, end)], words[where + 1 : end])


def _select(
    target: Sequence[Token], more: Sequence[Token], condition: Sequence[Token]
) -> list[Token]:
    select = tokens("SELECT * FROM")
    others = [Token("mark", ","), *more] if more else []
    where = [Token("word", "WHERE"), *condition] if condition else []
    if not target:
        raise _NotUnderstood("it has no table")
    return [*select, *target, *others, *where]


def _find(words: Sequence[Token], wanted: str, start: int) -> int:
    """Return where a keyword stands outside all brackets, or the end."""
    for place, (token, depth) in enumerate(_deep(words)):
        if place >= start and depth == 0 and token.word == wanted:
            return place
    return len(words)


def _deep(words: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    """Yield each word with the number of brackets it is in; a bracket is in itself."""
    depth = 0
    for token in words:
        depth += token.text in "(["
        yield token, depth
        depth -= token.text in ")]"


def _without_locks(words: Sequence[Token]) -> Iterator[Token]:
    """Leave out FOR UPDATE and its like, up to the end of their query."""
    inside: int | None = None
    for place, (token, depth) in enumerate(_deep(words)):
        if token.word == "for" and inside is None:
            after = [other.word for other in words[place + 1 : place + 3]]
            if after[:1] in (["update"], ["share"]) or after in (["no", "key"], ["key", "share"]):
                inside = depth
        elif inside is not None and (
            (token.text == ")" and depth == inside)
            or (depth == inside and token.word in ("limit", "offset", "fetch"))
        ):
            inside = None
        if inside is None:
            yield token


def _with_typed_parameters(words: Sequence[Token]) -> Iterator[Token]:
    place = 0
    while place < len(words):
        token, after = words[place], words[place + 1 : place + 4]
        if token.word in _TYPES and after and after[0].kind == "parameter":
            yield from (after[0], Token("mark", "::"), token)
            place += 2
        elif token.word == "extract" and [one.kind for one in after[1:2]] == ["parameter"]:
            # extract($1 from x) is no SQL; date_part($1, x) is what it means
            yield from (Token("word", "date_part"), after[0], after[1])
            yield from tokens("::text,")
            place += 4
        else:
            yield token
            place += 1


def _with_limit(words: Sequence[Token], rows: float | None) -> Iterator[Token]:
    before = ""
    for token, depth in _deep(words):
        if rows is not None and depth == 0 and before == "limit" and token.kind == "parameter":
            yield Token("number", str(max(1, round(rows))))
        else:
            yield token
        before = token.word


def _renumbered(words: Sequence[Token]) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for token in words:
        if token.kind == "parameter":
            yield f"${numbers.setdefault(token.text, len(numbers) + 1)}"
        else:
            yield token.text
