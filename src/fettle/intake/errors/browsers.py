"""What browsers say of the same error, each in its own words, made one.

V8 (Chrome, Edge, Node), SpiderMonkey (Firefox) and JavaScriptCore (Safari) word what the engine
itself raises differently. Where one of them leaves out a name, it is left out for all.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from fettle.intake.errors.browser_words import WORDS

# A message of an engine is short; whoever writes a longer one is an application.
LONGEST = 400
_UNCAUGHT = re.compile(
    r"(?:Uncaught (?:\(in promise\) )?|Unhandled Promise Rejection: )?(?:[A-Z][a-z]+Error: )?"
)
_MEMBER = re.compile(r"([A-Za-z_$#][\w$]*)\W*$")
_ASSIGNED = re.compile(r"\s*[-+*/%&|?^]{0,2}=(?![=>])")
_NAMED_CALL = re.compile(r"([\w$\])])\(")
_MINIFIED = 2


@dataclass(frozen=True)
class Told:
    """What an engine said, in words that all browsers share; `type` None leaves it as it is.

    `names` is whether it names what was wrong, so that the place alone tells the rest.
    """

    says: str
    type: str | None = None
    names: bool = False


@dataclass(frozen=True)
class _Kind:
    says: str
    type: str | None
    forms: tuple[re.Pattern[str], ...]

    def told(self, message: str) -> Told | None:
        for form in self.forms:
            if (match := form.fullmatch(message)) is not None:
                nothing = match.groupdict().get("nothing")
                says = self.says.format(name=_member(match), nothing=nothing)
                return Told(says, self.type, says != self.says)
        return None


def _compiled(paragraph: str) -> _Kind:
    """Return a paragraph with its forms as one expression, unless each names its own groups."""
    head, *forms = (line.strip() for line in paragraph.strip().splitlines())
    says, _, type_ = head.partition(" = ")
    if "{" not in says:
        forms = ["|".join(forms)]
    return _Kind(says, type_ or None, tuple(map(re.compile, forms)))


_KINDS = tuple(map(_compiled, WORDS.strip().split("\n\n")))


@lru_cache(maxsize=1024)
def told(message: str) -> Told | None:
    """Return what an engine said in the words that all share; None where it is no engine's."""
    if len(message) > LONGEST:
        return None
    said = _UNCAUGHT.sub("", message, count=1).strip()
    return next((found for kind in _KINDS if (found := kind.told(said)) is not None), None)


def _member(match: re.Match[str]) -> str:
    """Return the last name of an expression: `price` of `cart.lines[0].price = 1`."""
    groups = match.groupdict()
    if (name := groups.get("name")) is not None:
        return name if not name.isdecimal() else "*"
    said = _ASSIGNED.split(groups.get("of") or "", maxsplit=1)[0].strip()
    said = _uncalled(said)
    if said.endswith("]"):
        return "*"
    found = _MEMBER.search(said)
    if found is None or (len(found[1]) <= _MINIFIED and found[1] == said):
        return "*"
    return found[1]


def _uncalled(said: str) -> str:
    """Return an expression without the arguments of the call that it ends with."""
    if not said.endswith(")"):
        cut = _NAMED_CALL.search(said) if said.count("(") > said.count(")") else None
        return said[: cut.start() + 1] if cut else said  # Safari cuts long ones off
    depth = 0
    for at in range(len(said) - 1, -1, -1):
        depth += (said[at] == ")") - (said[at] == "(")
        if not depth:
            return said[:at] or said
    return said
