"""yarn.lock, of Yarn 1 and of Yarn 2 and newer (Berry)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fettle.errors import UnreadableLock
from fettle.model.update import Ecosystem, Installed, Package, Passed
from fettle.updates.locks.lock import Beside, Lock, not_held, refuse_huge, sorted_by_name
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
_NAME = re.compile(r"(?:@[\w.-]+/)?[\w.-]+")
_OPTIONAL = "optionalDependencies"
_META = "dependenciesMeta"
_Named = tuple[str, str]  # a name, with the range by which it is asked for
_NO_PROJECT = "it has no entry of the project itself, as one that was cut off"


@dataclass(frozen=True)
class _Ask:
    """What the project or a workspace of it asks for, by which range, and whether to develop it.

    What is `needed` the lock holds, if it is whole.
    """

    name: str
    range: str
    development: bool
    needed: bool = True

    @property
    def key(self) -> str:
        """What stands for it in the lock."""
        return f"{self.name}@{self.range}"


@dataclass
class _Entry:
    """A package of the lock: the ranges that it answers, and what it asks for itself.

    One that is the project's own code is no more than what it answers.
    """

    keys: tuple[str, ...]
    place: Part
    version: str = ""
    resolved: str = ""
    needs: dict[str, str] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    own: bool = False


def read(text: str, where: str, beside: Beside) -> Lock:
    """Read a lock of Yarn; raises UnreadableLock."""
    refuse_huge(text, where)
    project = beside(_PROJECT)
    package = of_json(project, _PROJECT) if project is not None else None
    if re.search(r"^__metadata:", text, re.MULTILINE):
        return _of_berry(of_yaml(text, where), where, package)
    return _of_classic(text, where, package)


def _of_berry(whole: Part, where: str, package: Part | None) -> Lock:
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
            for kind in ("dependencies", _OPTIONAL)
            for name, range_ in part.get(kind).items()
        }
        optional = {name for name, one in part.get(_META).items() if one.flag("optional")}
        keys = tuple(one.strip() for one in key.split(", "))
        entry = _Entry(keys, part, optional=optional, own=part.text_or("linkType") == "soft")
        if entry.own:  # the project, and its workspaces
            own = development if _is_root(entry) else ()
            asks += [
                _Ask(name, range_, name in own, name not in optional)
                for name, range_ in needs.items()
            ]
        else:
            entry.version, entry.resolved = part.text("version"), part.text_or("resolution")
            entry.needs = needs
        entries.append(entry)
    passed = [] if any(map(_is_root, entries)) else [Passed(where, _NO_PROJECT)]
    return _locked(entries, where, asks, _missing(entries, asks, package), passed)


def _is_root(entry: _Entry) -> bool:
    return any(key.endswith(_ROOT) for key in entry.keys)


def _of_classic(text: str, where: str, package: Part | None) -> Lock:
    if (headed := _HEADED.search(text)) and headed[1] != _NEWEST_OF_CLASSIC:
        raise _too_new(where, headed[1][:_LONGEST_VERSION], _NEWEST_OF_CLASSIC)
    entries = list(_entries(text, where))
    needed = {f"{name}@{range_}" for one in entries for name, range_ in one.needs.items()}
    development = _for_development(package)
    own = asks_of(package) if package is not None else {}
    held = _held_by_classic(package) if package is not None else set()
    asks = [_Ask(name, range_, name in development, name in held) for name, range_ in own.items()]
    needed |= {one.key for one in asks}
    # what nobody here asks for its workspaces do, whose files are elsewhere
    theirs = [one for one in entries if not needed.intersection(one.keys)]
    named = [_parted(key, one) for one in theirs for key in one.keys]
    asks += [_Ask(name, range_, development=False) for name, range_ in named]
    missing = _missing(entries, asks, package)
    if package is not None and "workspaces" in package:
        missing = _surely_missing(missing, entries)
    return _locked(entries, where, asks, missing)


def _held_by_classic(package: Part) -> set[str]:
    """Return what a project asks for that a lock of Yarn 1 holds wherever it was written.

    Of one with workspaces it may be one of those, whose names are elsewhere.
    """
    if "workspaces" in package:
        return set()
    always = {
        name for kind in ("dependencies", "devDependencies") for name in _under(package, kind)
    }
    return always - set(_under(package, _OPTIONAL))


def _under(package: Part, kind: str) -> list[str]:
    table = package.get(kind)
    return [name for name, _ in table.items()] if isinstance(table.value, dict) else []


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
        if inside in ("dependencies", _OPTIONAL) and len(words) > 1:
            entry.needs[words[0]] = words[1]
        if inside == _OPTIONAL:
            entry.optional.update(words[:1])
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


def _locked(
    entries: list[_Entry],
    where: str,
    asks: Sequence[_Ask],
    missing: Sequence[_Named],
    passed: Sequence[Passed] = (),
) -> Lock:
    """Return what is held, and what is asked for and is not."""
    others = [one for one in entries if not one.own]
    installed = sorted_by_name(_installed(others, where, asks))
    told = sorted(f"{name} {range_.removeprefix(_OF_REGISTRY)}" for name, range_ in missing)
    return Lock(installed, (*passed, *(not_held(one, where) for one in told)))


def _missing(entries: list[_Entry], asks: Sequence[_Ask], package: Part | None) -> list[_Named]:
    """Return what a registry is to have, and no entry answers.

    What `resolutions` name is held by a range that nobody asks for; what is optional may be left.
    """
    answered = {_plain(key) for one in entries for key in one.keys}
    resolved = _under(package, "resolutions") if package is not None else []
    otherwise = {name for key in resolved for name in _NAME.findall(key)}
    asked = {(one.name, one.range) for one in asks if one.needed}
    for one in entries:
        asked |= {(name, to) for name, to in one.needs.items() if name not in one.optional}
    return [
        (name, range_)
        for name, range_ in asked
        if _is_of_registry(range_)
        and name not in otherwise
        and _plain(f"{name}@{range_}") not in answered
    ]


def _surely_missing(missing: Sequence[_Named], entries: list[_Entry]) -> list[_Named]:
    """Leave out what may be a workspace, for which Yarn 1 writes no entry, whoever asks for it.

    What is held by another range is of a registry. Entries stand in order: where several would
    stand behind the last one, the lock was cut off.
    """
    sure = {_parted(key, one)[0] for one in entries for key in one.keys}
    last = max((one.keys[0] for one in entries), default="")
    behind = {name for name, range_ in missing if f"{name}@{range_}" > last}
    if len(behind) > 1:
        sure |= behind
    return [one for one in missing if one[0] in sure]


def _is_of_registry(range_: str) -> bool:
    return range_.startswith(_OF_REGISTRY) or not {":", "/"} & {*range_}


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
