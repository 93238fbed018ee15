"""Messages without what differs from one time to the next: numbers, ids, names, paths, data.

One placeholder stands for all of them: what is a number today is a word tomorrow. A quoted name is
kept where it is the programme's own, as far as its surroundings tell: of an attribute, a column, a
key; and masked where it is a value. Every expression here goes through a text once, without going
back (possessive), and sees a bounded part of it.
"""

import re
from collections.abc import Iterator

MASK = "*"
# What is looked at: of a text its beginning, of that a few lines, and so much of them.
LONGEST = 4_000
_LONGEST_SAID = 600
_FIRST_LINES = 2
_MOST_LINES = 40

_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
# Lines that show a piece of source or of a statement, and rulers below them.
_SHOWN = re.compile(r"\s*[→>|]\s*\d+\s|\s+\d+\s|\s*\d+\s*\||LINE \d+:|[\W_]*$")

# What stands before the name of something, rather than before a value.
_NAMING = (
    "attribute attributes column columns relation table constraint module property properties "
    "reading setting method variable argument parameter param field fields key keys index "
    "function operator package class trait interface enum type sequence schema view directive "
    "filter helper option header symbol identifier constant component prop hook plugin extension "
    "template macro invoke because placeholder model endpoint bean reference"
)
_NAMED = frozenset(_NAMING.split())
# Before a colon these still name what follows; after `name:` or `key:` stands a value.
_NAMING_COLON = (
    "argument arguments attribute field fields column columns table relation module parameter "
    "option property method variable setting class constraint function"
)
_NAMED_COLON = frozenset(_NAMING_COLON.split())
_NAMED_SO = (
    "import name",
    "object name",
    "module named",
    "attribute named",
    "column named",
    "setting named",
)
_OF_NAMES = re.compile(r"(?<=[a-z]) names?$")  # a column name
_FOLLOWED = re.compile(
    r"\s?(?:object\b|is not defined|is not a function|is required|is undefined|is null|field\b|"
    r"column\b|table\b|attribute\b|property\b|method\b|parameter\b|argument\b|module\b|must be|"
    r"must not|should be|has no attribute|cannot be null|doesn't have a default|is missing)"
)
_TYPES = frozenset(
    ("str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set", "NoneType", "Decimal")
)
_NAME = re.compile(r"(?:\.{1,2}/|[A-Za-z_$#@])[\w.$:\\/#@\-<>()?!]{0,119}")
_ARGUMENTS = re.compile(r"\([^()]{0,200}\)$")
# Ids have digits, and dashes between them, or nothing that would be a word.
_ID = re.compile(r"(?=\D*\d)(?:[\w.]*-[\w.\-]*|[0-9A-Fa-f]{8,}|(?!.*[A-Za-z]{3}).*)", re.DOTALL)
# A key of a cache, of a queue: session:ann
_PARTED = re.compile(r"(?<![:A-Z])(?<!node):(?!:)(?=.)")
_CODE = re.compile(r"[_.(]")
_MIXED = re.compile(r"[A-Za-z]*\d[A-Za-z0-9]*")
_NUMBERED = re.compile(r"([A-Za-z]+)\d{1,4}")

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]{0,6})"
_FILES = "csv|tsv|pdf|png|jpe?g|gif|svg|webp|txt|xlsx?|docx?|xml|json|zip|gz|tar|log|mp[34]|parquet"
_VALUES = (
    "string",
    "format",
    "value",
    "input",
    "UUID",
    "date",
    "id",
    "ID",
    "URL",
    "email",
    "number",
    "token",
)
_BEFORE_VALUES = "|".join(f"(?<={word}: )" for word in _VALUES)
_WHOLE = "|".join(
    (
        r"\b[a-z][a-z0-9+.\-]{1,15}://[^\s\"'<>)\]]+(?<![.,:;!?])",  # an address
        r"\b(?:data|blob):[^\s\"'<>)\]]++",
        r"(?<![\w.+\-])[\w.+\-]{1,64}+@[\w\-]++(?:\.[\w\-]++)++",  # an e-mail address
        r"(?<=\w)@[0-9a-f]{5,16}\b",  # where an object lies
        r"\beyJ[\w\-]++\.[\w\-]++(?:\.[\w\-]*+)?",  # a token
        # A path of Windows; folders may have blanks in their names.
        r"(?<!\w)(?:[A-Za-z]:[\\/]|\\\\)(?:[^\\:\"'<>|*?\n]{1,80}\\)*+[^\s\"'<>|*?()\]]+(?<![.,:;])",
        r"(?<![\w.*<)\]/])(?:~|\.{1,2})?/[\w.@~*][^\s\"'<>|()\[\]]*(?<![.,:;])",  # of POSIX
        r"\b(?:[\w.\-]++/)++[\w\-]++\.\w{1,8}+\b",
        rf"\b[\w\-]++\.(?:{_FILES})\b",
        rf"\b{_DAY},? (?={_MONTH}\b|\d)|\b{_MONTH} (?=\d)|(?<=\d )(?:{_MONTH}|[AP]M|GMT|UTC)\b",
        r"(?<=\)=)\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)",  # PostgreSQL's Key (id)=(7)
        r"(?<=[\w\]]=)(?:\([^()]*+\)|\"[^\"]*+\"|'[^']*+'|[^\s,;&)\]}\"'=>][^\s,;&)\]}\"']*+)",
        r"(?<![\w:])(?=[0-9a-fA-F]*:[0-9a-fA-F]*:)(?=[0-9a-fA-F:]*\d)[0-9a-fA-F:]{2,38}[0-9a-fA-F](?!\w)",
        r"%(?:\(\w++\))?[\-#0+]*+\d*+(?:\.\d++)?[sdifgrxXuvq@](?!\w)",  # a template's
        rf"(?:{_BEFORE_VALUES})[^\s,;)\]\"'*]++",
        r"(?<=value is )\([^()\n]*+\)",  # SQL Server's duplicate key
        r"<locals?\d++>",
        r"<[A-Z]\w{0,60}: [^<>\n]{1,200}>",  # an object as Django prints it
    )
)
_VARIABLE = re.compile(
    "|".join(
        (
            rf"(?P<whole>{_WHOLE})",
            r"(?<!\w)'(?P<single>[^'\n]{0,200})'(?!\w)",
            r"\"(?P<double>[^\"\n]{0,200})\"",
            r"`(?P<back>[^`'\n]{0,200})[`']",
            r"[\u201c\u2018«](?P<curly>[^\u201d\u2019»\n]{0,200})[\u201d\u2019»]",
            r"(?<![\w)\]])-?(?P<word>\w++(?:-\w++)*+)(?:[.,](?=\d)|={1,2}(?=[^\w=]|$)|%)?+",
        )
    )
)
# Ruby 3.4 says otherwise than those before it whose method was missing.
_RUBY = re.compile(r"\bnil:NilClass\b|#<([A-Z][\w:]*?)(?::0x|\s)[^>\n]{0,400}>?")
# Newer Pythons and Rubies suggest what was meant.
_SUGGESTED = re.compile(r"[.\s]{0,9}\bDid you mean\b[^\n]{0,400}")
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"\s+")
_MASKS = re.compile(r"\*(?:[\s,;:/.\-×+|=@&]*+\*)++")
_ROUND = re.compile(r"[\[({<'\"`]\s*\*,?\s*[\])}>'\"`]")
_PLURAL = re.compile(r"(\* (?:[a-z]+al )?(?!(?:has|is|was|its|this)\b)\w{2,}?)(?:(ies)|(?<!s)s)\b")
_WAS = re.compile(r"\* was\b")


def masked(text: str, source: str = "") -> str:
    """Return what a text says without its values; `source` spells names that are no values."""
    said = _SUGGESTED.sub("", text[:LONGEST])
    said = _RUBY.sub(_as_ruby_says, _COLOURS.sub("", said))
    said = " ".join(_said(_without_data(said), whole=len(text) <= LONGEST))[:_LONGEST_SAID]
    said = _VARIABLE.sub(lambda match: _of(match, source), said)
    return tidy(said)


def tidy(text: str) -> str:
    """Return a masked text with each run of masks as one, and one kind of space and number."""
    text = _SPACE.sub(" ", text).strip()
    for _ in range(3):
        closer = _MASKS.sub(MASK, _ROUND.sub(MASK, text))
        if closer == text:
            break
        text = closer
    return _WAS.sub("* were", _PLURAL.sub(_singular, text))


def _singular(match: re.Match[str]) -> str:
    return f"{match[1]}y" if match[2] else match[1]


def name_of(text: str) -> str | None:
    """Return a name without its numbers; None where it is a value rather than a name."""
    if text in _TYPES:
        return text
    text = _ARGUMENTS.sub("()", text)
    if not _NAME.fullmatch(text) or _ID.fullmatch(text) or _VARIABLE_ONLY.fullmatch(text):
        return None
    if _PARTED.search(text, 1):
        return None
    return "_".join(_unnumbered(part) for part in text.split("_")) if _digits(text) else text


_VARIABLE_ONLY = re.compile(r"[a-z][a-z0-9+.\-]{1,15}://.*|[\w.+\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+")


def _digits(text: str) -> bool:
    return _DIGIT.search(text) is not None


def _unnumbered(part: str) -> str:
    if (match := _NUMBERED.fullmatch(part)) is not None:
        return f"{match[1]}{MASK}"
    return _MIXED.sub(MASK, part)


def _said(text: str, *, whole: bool) -> Iterator[str]:
    """Yield the lines that say what happened: the first ones, and the last of a short text."""
    first, *rest = text.strip().split("\n")[: _MOST_LINES + 1]
    lines = [first, *(line for line in rest if not _SHOWN.match(line))]
    yield from lines[:_FIRST_LINES]
    if whole and _FIRST_LINES < len(lines) <= _MOST_LINES:
        yield lines[-1]


def _as_ruby_says(match: re.Match[str]) -> str:
    return f"an instance of {match[1]}" if match[1] else "nil"


def _of(match: re.Match[str], source: str) -> str:
    if match["whole"] is not None:
        return MASK
    if (word := match["word"]) is not None:
        return MASK if _digits(word) or _is_hexadecimal(word) else match[0]
    inner = match["single"] or match["double"] or match["back"] or match["curly"] or ""
    name = name_of(inner)
    if name is None:
        # A sentence in quotes is no value: what is quoted in it may be one.
        if _SENTENCE.search(inner):
            return _VARIABLE.sub(lambda found: _of(found, source), inner)
        return MASK
    backed = match["back"] is not None and _CODE.search(inner) is not None
    if backed or inner in _TYPES or _named(match) or _spelled(inner, source):
        return f"'{name}'"
    return MASK


def _is_hexadecimal(word: str) -> bool:
    return len(word) >= 8 and not word.strip("0123456789abcdef")


def _named(match: re.Match[str]) -> bool:
    """Whether the words around what is quoted say that it is the name of something."""
    text, start, end = match.string, match.start(), match.end()
    before = text[max(0, start - 40) : start].rstrip(" (=,").lower()
    if before.endswith(_NAMED_SO):
        return True
    before = _OF_NAMES.sub("", before)
    word = before.rsplit(" ", 1)[-1].lstrip("([<\"'")
    if word.endswith(":"):
        return word[:-1] in _NAMED_COLON
    return word in _NAMED or _FOLLOWED.match(text, end, end + 30) is not None


def _spelled(name: str, source: str) -> bool:
    """Whether a line of source spells a name in quotes."""
    return any(f"{quote}{name}{quote}" in source for quote in ("'", '"', "`"))


_SENTENCE = re.compile(
    r"(?=(?:\S+ ){3})(?:.* )?(?:is|not|be|must|cannot|failed|no|does|was|invalid|to|than|enter|in|"
    r"for|at|doesn't|exist|unknown|duplicate|denied|found)\b",
    re.IGNORECASE,
)
_OPEN = {"{": "}", "[": "]"}
_BRACKET = re.compile(r"[{}\[\]]")
_LIST = re.compile(r"\s*(?:[\"'{\[\d\-(]|SQL\b|parameters:|$)")
_OBJECT = re.compile(r"\s*(?:[\"'{\[\d]|[\w.$\-]{1,60}\s*(?::|=|,|$)|$)")


def _without_data(text: str) -> str:
    """Return a text with each object, list or statement that was printed into it as one mask."""
    if "{" not in text and "[" not in text:
        return text
    pieces: list[str] = []
    at = 0
    for start, end in _spans(text):
        looks = _LIST if text[start] == "[" else _OBJECT
        if start < at or not looks.match(text, start + 1, end):
            continue
        if not _SENTENCE.match(text, start + 1, min(end, start + 200)):
            pieces += [text[at:start], MASK]
            at = end + 1
    return "".join([*pieces, text[at:]])


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where brackets open and close, the outer before the inner; an open one ends it."""
    found: list[tuple[int, int]] = []
    open_: list[int] = []
    for bracket in _BRACKET.finditer(text):
        at, character = bracket.start(), bracket[0]
        if character in _OPEN:
            open_.append(at)
        elif open_ and character == _OPEN[text[open_[-1]]]:
            found.append((open_.pop(), at))
    if open_ and len(text) == LONGEST:
        found.append((open_[0], len(text)))  # it was cut off
    return sorted(found, key=lambda span: (span[0], -span[1]))
