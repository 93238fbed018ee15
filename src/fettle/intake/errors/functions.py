"""Names of functions and modules without what compilers, engines and proxies put into them."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache


class Family(StrEnum):
    """Languages, as far as they name functions and files alike."""

    PYTHON = "python"
    BROWSER = "browser"
    NODE = "node"
    JAVA = "java"
    RUBY = "ruby"
    GO = "go"
    PHP = "php"
    DOTNET = "dotnet"
    NATIVE = "native"
    OTHER = "other"


SCRIPTS = frozenset({Family.BROWSER, Family.NODE})
# What calls itself a module there is a piece of the path, or is missing.
BY_FILE = frozenset({Family.BROWSER, Family.NODE, Family.RUBY, Family.PHP})

_FAMILIES: Mapping[str, Family] = {
    "python": Family.PYTHON,
    "javascript": Family.BROWSER,
    "node": Family.NODE,
    "java": Family.JAVA,
    "kotlin": Family.JAVA,
    "scala": Family.JAVA,
    "groovy": Family.JAVA,
    "clojure": Family.JAVA,
    "ruby": Family.RUBY,
    "go": Family.GO,
    "php": Family.PHP,
    "csharp": Family.DOTNET,
    "dotnet": Family.DOTNET,
    "native": Family.NATIVE,
    "rust": Family.NATIVE,
    "c": Family.NATIVE,
    "cocoa": Family.NATIVE,
    "objc": Family.NATIVE,
    "swift": Family.NATIVE,
}


def family_of(platform: str) -> Family:
    """Return the family of a platform, as an event names it."""
    return _FAMILIES.get(platform, Family.OTHER)


@lru_cache(maxsize=8192)
def plain(function: str, family: Family) -> str:
    """Return a function's name as it stands in the source; empty where it has none."""
    name = function.strip()
    if name in _NAMELESS:
        return ""
    return _PLAIN.get(family, _other)(name)


@lru_cache(maxsize=4096)
def plain_module(module: str, family: Family) -> str:
    """Return a module's name without what was generated, and without its version."""
    if family is Family.JAVA:
        return _MADE.sub("*", _JAVA_MADE.sub("", module))
    if family is Family.GO:
        return _GO_VERSION.sub("", module)
    return _MADE.sub("*", module)


_NAMELESS = frozenset(
    (
        *("", "?", "<anonymous>", "anonymous", "Anonymous function", "(anonymous function)"),
        *("(anonymous)", "<unknown>", "<redacted>", "unknown", "??", "global code", "module code"),
        *("eval code", "eval", "<computed>", "<module>", "[Anonymous function]", "Global code"),
    )
)
# Numbers that a compiler gave; those of api.v2 and step_2 of a person's are short, and stay.
_MADE = re.compile(r"(?<=\$)\d+|(?<=\$Proxy)\d+|(?<=lambda_method)\d+|(?<=Accessor)\d+|\d{4,}")


def _python(name: str) -> str:
    return name.rsplit(".", 1)[-1]


_AS = re.compile(r" \[as [^\]]*\]$")
_BEFORE = re.compile(r"^(?:[\w .]*\*)?(?:(?:async|new|get|set|static|bound) )*")
_RENAMED = re.compile(r"(?:\$?\d+)?\$?$")
_HOOKED = re.compile(r"\[(\w+)\]$")  # useCallback[add]
_FILE = re.compile(r"\.(?:[cm]?[jt]sx?|vue|svelte|css|json)$")
_MINIFIED = 2


def _script(name: str) -> str:
    name = _AS.sub("", name)
    name = _BEFORE.sub("", name)
    if name.endswith("<"):
        return ""  # SpiderMonkey says in what it stands: setup/<, Cart/total<
    if "/" in name:
        name = "" if _FILE.search(name) else name.rsplit("/", 1)[-1]
    if (hooked := _HOOKED.search(name)) is not None:
        name = hooked[1]
    name = _RENAMED.sub("", name.rsplit(".", 1)[-1])
    if name in _NAMELESS or name.endswith(">") or len(name) <= _MINIFIED:
        return ""
    return name


_JAVA_MADE = re.compile(
    r"\$\$(?:Enhancer|FastClass)\w*\$\$[0-9a-fA-F]*(?:_\d+)?|\$\$SpringCGLIB\$\$\d+"
    r"|\$\$_WeldClientProxy|_?\$\$_(?:javassist|jvst)\w*|\$HibernateProxy\$\w+|\$ByteBuddy\$\w+"
    r"|\$MockitoMock\$\d+|\$\$Lambda[$/\w.+]*|_ClientProxy$|_Subclass$"
)


def _java(name: str) -> str:
    return _MADE.sub("*", _JAVA_MADE.sub("", name))


_RUBY_INSIDE = re.compile(r"^(?:(?:block(?: \(\d+ levels\))?|rescue|ensure) in )+")


_RUBY_MADE = re.compile(r"_+\d+")  # a template's method: _app_views_show_html_erb___291_412


def _ruby(name: str) -> str:
    name = _RUBY_INSIDE.sub("", name)
    if name.startswith("<"):  # <top (required)>, <class:Order>, <main>
        return name
    name = re.split(r"[#.]", name)[-1]
    return _RUBY_MADE.sub("_*", name) if "__" in name else name


_GO_INNER = re.compile(r"\.func\d+(?:\.\d+)*|\.gowrap\d+|\[[^\]]*\]|-range\d+|-fm$")
_GO_VERSION = re.compile(r"@v[\w.\-+]*|(?<=/)v\d+(?=/|$)")


def _go(name: str) -> str:
    return _GO_INNER.sub("", name.rsplit("/", 1)[-1])


_PHP_CLASS = re.compile(r"class@anonymous.*?(?=::|$)", re.DOTALL)
_PHP_CLOSURE = re.compile(r"\{closure(?::[^}]*)?\}")


def _php(name: str) -> str:
    return _PHP_CLOSURE.sub("{closure}", _PHP_CLASS.sub("class@anonymous", name))


_DOTNET_MADE = re.compile(r"<(\w+)>[a-z]__\w+(?:\|\w+)?(?:`\d+)?(?:\.MoveNext)?")
_DOTNET_CLOSURE = re.compile(r"<>c(?:__DisplayClass[\w]*)?\.?|`\d+")


def _dotnet(name: str) -> str:
    name = name.split("(", 1)[0]
    name = _DOTNET_CLOSURE.sub("", _DOTNET_MADE.sub(r"\1", name))
    return _MADE.sub("*", name.rsplit(".", 1)[-1])


_RUST_HASH = re.compile(r"::h[0-9a-f]{16}$|\+0x[0-9a-f]+$")
_RUST_CLOSURE = re.compile(r"\{closure#\d+\}|\{\{closure\}\}")


def _native(name: str) -> str:
    return _RUST_CLOSURE.sub("{closure}", _RUST_HASH.sub("", name))


_BEAM = re.compile(r"^anonymous fn/\d+ in |^-(?=.*-fun-\d+-$)|-fun-\d+-$")


def _other(name: str) -> str:
    name = _BEAM.sub("", name)  # Elixir and Erlang number what has no name
    return _MADE.sub("*", name)


_PLAIN: Mapping[Family, Callable[[str], str]] = {
    Family.PYTHON: _python,
    Family.BROWSER: _script,
    Family.NODE: _script,
    Family.JAVA: _java,
    Family.RUBY: _ruby,
    Family.GO: _go,
    Family.PHP: _php,
    Family.DOTNET: _dotnet,
    Family.NATIVE: _native,
}
