"""What browsers say of the same error, each in its own words, made one.

V8 (Chrome, Edge, Node), SpiderMonkey (Firefox) and JavaScriptCore (Safari) word what the engine
itself raises differently. Where one of them leaves out a name, it is left out for all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

# A message of an engine is short; whoever writes a longer one is an application.
LONGEST = 400
_UNCAUGHT = re.compile(r"Uncaught (?:\(in promise\) )?|Unhandled Promise Rejection: ")
_MEMBER = re.compile(r"([A-Za-z_$#][\w$]*)\W*$")
_CALL = re.compile(r"\([^()]*\)\s*$")
_MINIFIED = 2


@dataclass(frozen=True)
class Told:
    """What an engine said, in words that all browsers share; `type` None leaves it as it is."""

    says: str
    type: str | None = None


@dataclass(frozen=True)
class _Kind:
    says: str
    forms: re.Pattern[str]
    type: str | None = None
    name: Callable[[re.Match[str]], str] | None = None


def _member(match: re.Match[str]) -> str:
    """Return the last name of an expression: `price` of `cart.lines[0].price = 1`."""
    groups = match.groupdict()
    if (name := groups.get("name")) is not None:
        return name if not name.isdecimal() else "*"
    said = (groups.get("of") or "").split(" = ")[0].strip()
    said = _CALL.sub("", said) or said
    if said.endswith("]"):
        return "*"
    found = _MEMBER.search(said)
    if found is None or (len(found[1]) <= _MINIFIED and found[1] == said):
        return "*"
    return found[1]


def _reached(match: re.Match[str]) -> str:
    return f"{_member(match)} of {match['nothing']}"


def _kind(
    says: str,
    *forms: str,
    type_: str | None = None,
    name: Callable[[re.Match[str]], str] | None = None,
) -> tuple[_Kind, ...]:
    if name is not None:  # each form names its groups
        return tuple(_Kind(says, re.compile(form), type_, name) for form in forms)
    return (_Kind(says, re.compile("|".join(forms)), type_),)


# The first that fits counts. Sources: the engines' own message tables (V8's message-template.h,
# SpiderMonkey's js.msg, JavaScriptCore's ExceptionHelpers) and MDN's reference of errors.
_KINDS: tuple[_Kind, ...] = (
    *_kind(
        "what is not an object was made one",
        r"Cannot convert undefined or null to object",
        r"can't convert (?:undefined|null) to object",
        r"Object\.\w+ requires that input parameter not be null or undefined",
        r"(?:undefined|null) is not an object \(evaluating 'Object\.\w+\(.*",
    ),
    *_kind(
        "reached for",
        r"Cannot (?:read|set) properties of (?P<nothing>undefined|null) "
        r"\((?:reading|setting) '(?P<name>[^']*)'\)",
        r"Cannot (?:read|set) property '(?P<name>[^']*)' of (?P<nothing>undefined|null)",
        r"Cannot destructure property '(?P<name>[^']*)' of '.*' as it is "
        r"(?P<nothing>undefined|null)\.?",
        r"can't access property \"?(?P<name>[^\",]*)\"?, .* is (?P<nothing>undefined|null)",
        r"(?P<nothing>undefined|null) is not an object \(evaluating '(?P<of>.*)'\)",
        r"Unable to (?:get|set) property '(?P<name>[^']*)' of (?P<nothing>undefined|null).*",
        r"(?P<of>[\w$.\[\]()\"']+) is (?P<nothing>undefined|null)",
        name=_reached,
    ),
    *_kind(
        "what cannot be iterated was iterated",
        r".* is not iterable.*",
        r"undefined is not a function \(near '\.\.\..*",
        r"Spread syntax requires \.\.\.iterable.*",
        r".* is not a function or its return value is not iterable",
    ),
    *_kind(
        "not a function:",
        r"undefined is not a function \(evaluating '(?P<of>.*)'\)",
        r"(?P<of>.{1,200}?) is not a function(?:\. \(In '.*)?",
        name=_member,
    ),
    *_kind(
        "not a constructor:",
        r"undefined is not a constructor \(evaluating '(?:new )?(?P<of>.*)'\)",
        r"(?P<of>.{1,200}?) is not a constructor(?: \(evaluating .*)?",
        name=_member,
    ),
    *_kind(
        "not defined:",
        r"(?P<name>[\w$]+) is not defined",
        r"Can't find variable: (?P<name>[\w$]+)",
        r"'(?P<name>[\w$]+)' is undefined",
        name=_member,
    ),
    *_kind(
        "the network failed",
        r"Failed to fetch(?: \(.*\))?",
        r"NetworkError when attempting to fetch resource\.?(?: \(.*\))?",
        r"Load failed(?: \(.*\))?",
        r"Network request failed",
        r"The network connection was lost\.?",
        r"The Internet connection appears to be offline\.?",
    ),
    *_kind(
        "a request was given up",
        r"(?:AbortError: )?The user aborted a request\.?",
        r"(?:AbortError: )?signal is aborted without reason",
        r"(?:AbortError: )?The operation was aborted\.? ?",
        r"(?:AbortError: )?Fetch is aborted",
    ),
    *_kind(
        "JSON that ends too early",
        r"Unexpected end of JSON input",
        r"JSON\.parse: unexpected end of data.*",
        r"JSON Parse error: Unexpected EOF",
        r"Unterminated string in JSON.*",
        r"JSON Parse error: Unterminated string",
        r"JSON\.parse: unterminated string.*",
    ),
    *_kind(
        "what is not JSON was read as JSON",
        r"(?:Unexpected|Expected|Bad|No number|Exponent|Unterminated) .* in JSON.*",
        r"Unexpected non-whitespace character after JSON.*",
        r".* is not valid JSON",
        r"JSON\.parse: .*",
        r"JSON Parse error: .*",
    ),
    *_kind(
        "recursion without an end",
        r"Maximum call stack size exceeded\.?",
        r"too much recursion",
        r"Out of stack space",
        type_="RangeError",
    ),
    *_kind(
        "what is read-only was assigned to",
        r"Assignment to constant variable\.?",
        r"invalid assignment to const .*",
        r"Attempted to assign to readonly property\.?",
        r"Cannot assign to read only property .*",
        r"\".*\" is read-only",
        r"Cannot set property .* which has only a getter",
        r"setting getter-only property .*",
    ),
    *_kind(
        "a name was used before its declaration",
        r"Cannot access '.*' before initialization",
        r"can't access lexical declaration .* before initialization",
        r"Cannot access uninitialized variable\.?",
    ),
    *_kind(
        "what cannot be extended was",
        r"Cannot (?:add|define) property .*, object is not extensible",
        r"can't define property .*: .* is not extensible",
        r"Attempting to (?:define property on|add property to) .*not extensible.*",
    ),
    *_kind(
        "what cannot be deleted was",
        r"Cannot delete property .*",
        r"property .* is non-configurable and can't be deleted",
        r"Unable to delete property\.?",
    ),
    *_kind(
        "a node is not where it was",
        r"Failed to execute '(?:removeChild|insertBefore|replaceChild)' on 'Node': The node .*",
        r"Node\.(?:removeChild|insertBefore|replaceChild): .*",
        r"The object can not be found here\.?",
        type_="NotFoundError",
    ),
    *_kind(
        "no moment in time",
        r"Invalid time value",
        r"[Ii]nvalid [Dd]ate",
        r"date value is not finite.*",
    ),
    *_kind(
        "no length of an array",
        r"[Ii]nvalid array length",
        r"Array size is not a small enough positive integer\.?",
        r"(?:Invalid array buffer length|Length out of range of buffer)",
    ),
    *_kind(
        "a circle was made JSON",
        r"Converting circular structure to JSON.*",
        r"cyclic object value",
        r"JSON\.stringify cannot serialize cyclic structures\.?",
    ),
    *_kind(
        "`in` was asked of what is no object",
        r"Cannot use 'in' operator to search for .*",
        r"cannot use 'in' operator to search for .*",
        r"right-hand side of 'in' should be an object.*",
        r".* is not an Object\. \(evaluating .*",
    ),
    *_kind(
        "`instanceof` was asked of what is no class",
        r"Right-hand side of 'instanceof' is not .*",
        r"invalid 'instanceof' operand .*",
        r"Right hand side of instanceof is not .*",
    ),
    *_kind(
        "the browser's storage is full",
        r".* exceeded the quota\.?",
        r"The quota has been exceeded\.?",
        r"Persistent storage maximum size reached",
        type_="QuotaExceededError",
    ),
    *_kind(
        "the browser's storage is closed to the page",
        r"Failed to read the '(?:local|session)Storage' property from 'Window': .*",
        r"The operation is insecure\.?",
        type_="SecurityError",
    ),
    *_kind(
        "another site's frame was reached for",
        r".*Blocked a frame with origin .*",
        r"Permission denied to access property .*",
        type_="SecurityError",
    ),
    *_kind(
        "a module could not be loaded",
        r"Failed to fetch dynamically imported module.*",
        r"error loading dynamically imported module.*",
        r"Importing a module script failed\.?",
    ),
    *_kind("a chunk could not be loaded", r"Loading (?:CSS )?chunk \S+ failed.*"),
    *_kind(
        "no URL",
        r"(?:Failed to construct 'URL': )?Invalid URL",
        r"URL constructor: .* is not a valid URL\.?",
        r".* cannot be parsed as a URL.*",
    ),
    *_kind("no URI", r"URI malformed", r"malformed URI sequence", r"URI error"),
    *_kind(
        "a class was called without `new`",
        r"Class constructor .* cannot be invoked without 'new'",
        r"class constructors must be invoked with 'new'",
        r"Cannot call a class constructor .*",
    ),
    *_kind(
        "`this` came before `super()`",
        r"Must call super constructor in derived class before .*",
        r"must call super constructor before .*",
        r"'super\(\)' must be called in derived constructor .*",
    ),
    *_kind("an empty array was reduced", r"[Rr]educe of empty array with no initial value"),
    *_kind(
        "a BigInt was mixed with a number",
        r"Cannot mix BigInt .*",
        r"can't convert BigInt to number",
        r"Invalid mix of BigInt .*",
    ),
    *_kind(
        "so many digits cannot be",
        r"to(?:Fixed|Precision|Exponential)\(\) .*",
        r"precision .* out of range",
    ),
    *_kind(
        "it was called on something else",
        r"Illegal invocation",
        r".* called on an object that does not implement interface .*",
        r"Can only call .* on instances of .*",
    ),
    *_kind(
        "what cannot be cloned was",
        r".* could not be cloned\.?",
        r"The object can not be cloned\.?",
        type_="DataCloneError",
    ),
    *_kind(
        "no selector",
        r".* is not a valid selector\.?",
        r"The string did not match the expected pattern\.?",
        type_="SyntaxError",
    ),
    *_kind(
        "no base64",
        r"Failed to execute 'atob' on .*",
        r"(?:Window\.atob: )?String contains an invalid character",
        r"The string contains invalid characters\.?",
        type_="InvalidCharacterError",
    ),
    *_kind(
        "the user has not allowed it",
        r"play\(\) (?:can only be initiated by|failed because) .*",
        r"The play method is not allowed by the user agent.*",
        r"The request is not allowed by the user agent.*",
        r"Clipboard write was blocked due to lack of user activation\.?",
        r"Write permission denied\.?",
        type_="NotAllowedError",
    ),
    *_kind(
        "no regular expression",
        r"Invalid regular expression: .*",
        r"unterminated (?:parenthetical|character class)",
        r"(?:nothing to repeat|invalid regexp group)",
    ),
    *_kind(
        "a page was read as a script",
        r"Unexpected token '?<'?",
        r"expected expression, got '<'",
    ),
)


@lru_cache(maxsize=1024)
def told(message: str) -> Told | None:
    """Return what an engine said in the words that all share; None where it is no engine's."""
    if len(message) > LONGEST:
        return None
    said = _UNCAUGHT.sub("", message, count=1).strip()
    for kind in _KINDS:
        if (match := kind.forms.fullmatch(said)) is not None:
            name = f" {kind.name(match)}" if kind.name is not None else ""
            return Told(f"{kind.says}{name}", kind.type)
    return None
