"""yarn.lock, of Yarn 1 and of Yarn 2 and newer (Berry)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fettle.errors import UnreadableLock
from fettle.model.update import Ecosystem, Installed, Package
from fettle.updates.locks.lock import Beside, Lock, refuse_huge, sorted_by_name
from fettle.updates.locks.npm_asks import asks_of, origin_of
from fettle.updates.locks.part import Part, of_json
from fettle.updates.locks.plain_yaml import of_yaml

_NEWEST_OF_BERRY = 10
_NEWEST_OF_CLASSIC = "1"
_LONGEST_VERSION = 9
_HEADED = re.compile(r"^# yarn lockfile v(\d+)", re.MULTILINE)
_DEPTH = 2  # of what stands under an entry
_PROJECT = "package.json"
_ROOT = "@workspace:."
_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,:"]+|[,:]')
_RANGE = re.compile(r"(?P<name>(?:@[^/@]+/)?[^@]+)@(?P<range>.*)", re.DOTALL)
_OF_REGISTRY = "npm:"


@dataclass(frozen=True)
class _Ask:
    """What the project or a workspace of it asks for, by which range, and whether to develop it."""

    name: str
    range: str
    development: bool

    @property
    def key(self) -> str:
        """What stands for it in the lock."""
        return f"{self.name}@{self.range}"


@dataclass
class _Entry:
    """A package of the lock: the ranges that it answers, and what it asks for itself."""

    keys: tuple[str, ...]
    place: Part
    version: str = ""
    resolved: str = ""
    needs: dict[str, str] = field(default_factory=dict)


def read(text: str, where: str, beside: Beside) -> Lock:
    """Read a lock of Yarn; raises UnreadableLock."""
    refuse_huge(text, where)
    project = beside(_PROJECT)
    package = of_json(project, _PROJECT) if project is not None else None
    if re.search(r"^__metadata:", text, re.MULTILINE):
        return Lock(sorted_by_name(_of_berry(of_yaml(text, where), where, package)))
    return Lock(sorted_by_name(_of_classic(text, where, package)))


def _of_berry(whole: Part, where: str, package: Part | None) -> Iterator[Installed]:
    version = whole.at("__metadata").text("version")[:_LONGEST_VERSION]
    if not version.isdecimal() or int(version) > _NEWEST_OF_BERRY:
        raise _too_new(where, version, _NEWEST_OF_BERRY)
    entries: list[_Entry] = []
    asks: list[_Ask] = []
    development = _for_development(package)
    for key, part in whole.items():
        if key == "__metadata":
            continue
        needs = {
            name: str(range_.value)
            for kind in ("dependencies", "optionalDependencies")
            for name, range_ in part.get(kind).items()
        }
        keys = tuple(one.strip() for one in key.split(", "))
        if part.text_or("linkType") == "soft":  # the project, and its workspaces
            own = development if any(one.endswith(_ROOT) for one in keys) else ()
            asks += [_Ask(name, range_, name in own) for name, range_ in needs.items()]
        else:
            entries.append(
                _Entry(keys, part, part.text("version"), part.text_or("resolution"), needs)
            )
    yield from _installed(entries, where, asks)


def _of_classic(text: str, where: str, package: Part | None) -> Iterator[Installed]:
    if (headed := _HEADED.search(text)) and headed[1] != _NEWEST_OF_CLASSIC:
        raise _too_new(where, headed[1][:_LONGEST_VERSION], _NEWEST_OF_CLASSIC)
    entries = list(_entries(text, where))
    needed = {f"{name}@{range_}" for one in entries for name, range_ in one.needs.items()}
    development = _for_development(package)
    own = asks_of(package) if package is not None else {}
    asks = [_Ask(name, range_, name in development) for name, range_ in own.items()]
    needed |= {one.key for one in asks}
    # what nobody here asks for its workspaces do, whose files are elsewhere
    theirs = [one for one in entries if not needed.intersection(one.keys)]
    named = [_parted(key, one) for one in theirs for key in one.keys]
    asks += [_Ask(name, range_, development=False) for name, range_ in named]
    yield from _installed(entries, where, asks)


def _too_new(where: str, version: str, newest: int | str) -> UnreadableLock:
    return UnreadableLock(
        f"{where} has version {version}, and {newest} is the newest that is read",
        remedy="update Fettle",
    )


def _for_development(package: Part | None) -> set[str]:
    if package is None:
        return set()
    return set(asks_of(package)) - set(asks_of(package, development=False))


def _entries(text: str, where: str) -> Iterator[_Entry]:
    """Yield the entries of a lock of Yarn 1, whose own form is indented like YAML."""
    entry: _Entry | None = None
    inside = ""
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        place = Part(f"{where}:{number}", "", None)
        words = [_unquoted(word) for word in _WORDS.findall(raw) if word != ","]
        if not raw.startswith(" "):
            if entry is not None:
                yield entry
            entry = _begun(raw, words, place)
        elif entry is None:
            raise place.wrong("stands under no entry")
        else:
            inside = _take(entry, words, inside, len(raw) - len(raw.lstrip(" ")))
    if entry is not None:
        yield entry


def _begun(raw: str, words: list[str], place: Part) -> _Entry:
    if not words or words[-1] != ":":
        raise place.wrong("is no entry of Yarn's")
    return _Entry(tuple(_keys(raw)), place)


def _keys(raw: str) -> Iterator[str]:
    for part in re.findall(r'"(?:[^"\\]|\\.)*"|[^,"]+', raw.rstrip().removesuffix(":")):
        if part.strip():
            yield _unquoted(part.strip())


def _take(entry: _Entry, words: list[str], inside: str, depth: int) -> str:
    """Take what stands under an entry; return inside which of its lists that which follows is."""
    if depth > _DEPTH:
        if inside in ("dependencies", "optionalDependencies") and len(words) > 1:
            entry.needs[words[0]] = words[1]
        return inside
    match words:
        case ["version", version, *_]:
            entry.version = version
        case ["resolved", resolved, *_]:
            entry.resolved = resolved
        case [name, ":"]:
            return name
    return ""


def _unquoted(word: str) -> str:
    return word[1:-1].replace('\\"', '"') if word.startswith('"') and len(word) > 1 else word


def _parted(key: str, entry: _Entry) -> tuple[str, str]:
    found = _RANGE.fullmatch(key)
    if found is None:
        raise entry.place.wrong(f"is asked for by {key[:100]!r}, which is no name and range")
    return found["name"], found["range"]


def _installed(entries: list[_Entry], where: str, asks: Sequence[_Ask]) -> Iterator[Installed]:
    answers = {_plain(key): one for one in entries for key in one.keys}
    by: dict[int, set[str]] = {}
    for one in entries:
        for name, range_ in one.needs.items():
            if (needed := answers.get(_plain(f"{name}@{range_}"))) is not None:
                by.setdefault(id(needed), set()).add(_name(one))
    asked: dict[int, set[str]] = {}
    for ask in asks:
        if (wanted := answers.get(_plain(ask.key))) is not None:
            asked.setdefault(id(wanted), set()).add(ask.range.removeprefix(_OF_REGISTRY))
    used = _used(answers, [_plain(ask.key) for ask in asks if not ask.development])
    for one in entries:
        if not one.version:
            raise one.place.wrong("has no version")
        ranges = [_parted(key, one)[1] for key in one.keys]
        yield Installed(
            Package(Ecosystem.NPM, _name(one)),
            one.version,
            where,
            direct=id(one) in asked,
            asks=" || ".join(sorted(asked.get(id(one), ()))),
            needed_by=tuple(sorted(by.get(id(one), ()))),
            origin=_origin(one, ranges),
            development=id(one) not in used,
        )


def _plain(key: str) -> str:
    """Return a key as both Yarns' ranges may be compared: `a@npm:^1` and `a@^1` are the same."""
    return key.replace(f"@{_OF_REGISTRY}", "@")


def _name(entry: _Entry) -> str:
    """Return the name in the registry, which an alias (`a@npm:b@^1`) has beside its own."""
    if f"@{_OF_REGISTRY}" in entry.resolved:
        return entry.resolved.partition(f"@{_OF_REGISTRY}")[0]
    name, range_ = _parted(entry.keys[0], entry)
    aliased = _RANGE.fullmatch(range_.removeprefix(_OF_REGISTRY))
    return aliased["name"] if range_.startswith(_OF_REGISTRY) and aliased is not None else name


def _origin(entry: _Entry, ranges: list[str]) -> str:
    if f"@{_OF_REGISTRY}" in entry.resolved:
        return "registry"
    resolved = entry.resolved
    if (found := _RANGE.fullmatch(resolved)) and not resolved.startswith("http"):
        resolved = found["range"]
    return origin_of(resolved, ranges)


def _used(answers: Mapping[str, _Entry], asked: Sequence[str]) -> set[int]:
    used: set[int] = set()
    waiting = list(asked)
    while waiting:
        one = answers.get(waiting.pop())
        if one is not None and id(one) not in used:
            used.add(id(one))
            waiting += [_plain(f"{name}@{range_}") for name, range_ in one.needs.items()]
    return used
