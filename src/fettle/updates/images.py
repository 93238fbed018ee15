"""Container images that a project names: in Dockerfiles, and in files of compose."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fettle.model.update import Passed
from fettle.updates.locks.plain_yaml import documents_of

FILES = (
    "Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile", "Containerfile.*",
    "compose.yaml", "compose.yml", "compose.*.yaml", "compose.*.yml",
    "docker-compose.yaml", "docker-compose.yml", "docker-compose.*.yaml", "docker-compose.*.yml",
)  # fmt: skip
_REFERENCE = re.compile(
    r"(?P<name>(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::?-(?P<otherwise>[^}]*))?\}|(?P<plain>\w+))")
_TAG = re.compile(r"(?P<v>v?)(?P<numbers>\d+(?:\.\d+)*)(?P<flavour>(?:[-_.+].*)?)")
_LATEST = "latest"
_LONGEST = 1000
_SHOWN = 120
_TAKES = ("RUN", "COPY", "ADD")
_HANDED = re.compile(r"\d*<<-?([\"']?)([A-Za-z_]\w*)\1")


@dataclass(frozen=True)
class Image:
    """An image as it is named somewhere; the digest is what the name is held to, if it is."""

    name: str
    tag: str
    where: str
    digest: str | None = None

    @property
    def version(self) -> str:
        """What is in use: the tag, and the digest where that is known."""
        return f"{self.tag}@{self.digest}" if self.digest else self.tag


def images_in(name: str, text: str, where: str) -> Iterator[Image | Passed]:
    """Yield the images that a file names, and those that only a build would know.

    Raises UnreadableLock for a file of compose that is none.
    """
    if name.rpartition("/")[2].endswith((".yaml", ".yml")):
        yield from _of_compose(text, where)
    else:
        yield from _of_dockerfile(text, where)


def same_flavour(tag: str, tags: Sequence[str]) -> list[str]:
    """Return the tags that name versions as this one does: `3.12-slim` and `3.13-slim`.

    `3.12` moves from one patch to the next: `3.12.4` is none of its kind.
    """
    kind = _kind(tag)
    return [one for one in tags if kind is not None and _kind(one) == kind]


def names_version(tag: str) -> bool:
    """Whether a tag names a version: others (`latest`) have no order."""
    return _kind(tag) is not None


def _kind(tag: str) -> tuple[str, int, str] | None:
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    return found["v"], found["numbers"].count("."), found["flavour"]


def _of_compose(text: str, where: str) -> Iterator[Image | Passed]:
    several = documents_of(text, where, anchors=True)  # compose takes them together
    for service, part in (pair for one in several for pair in one.get("services").items()):
        image = part.text_or("image") if isinstance(part.value, dict) else ""
        if image and not (isinstance(part.value, dict) and "build" in part.value):
            yield _named(image, f"{where}: {service}", {})


def _of_dockerfile(text: str, where: str) -> Iterator[Image | Passed]:
    given: dict[str, str] = {}
    stages: set[str] = set()
    begun = False
    for number, words in _instructions(text):
        if words[0].upper() == "ARG" and not begun:
            name, _, value = " ".join(words[1:]).partition("=")
            given[name.strip()] = value.strip().strip("\"'")
        elif words[0].upper() == "FROM":
            begun = True
            named, stage = _from(words[1:])
            if named and named.lower() not in {*stages, "scratch"}:
                yield _named(named, f"{where}:{number}", given)
            stages |= {stage.lower()} if stage else set()
        elif words[0].upper() == "COPY":
            named = next((one[7:] for one in words if one.startswith("--from=")), "")
            if named and not named.isdecimal() and named.lower() not in stages:
                yield _named(named, f"{where}:{number}", given)


def _from(words: Sequence[str]) -> tuple[str, str]:
    """Return what a stage is from, and what it is called."""
    plain = [word for word in words if not word.startswith("--")]
    stage = plain[2] if len(plain) > 2 and plain[1].upper() == "AS" else ""
    return plain[0] if plain else "", stage


def _instructions(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each instruction, with the line that it begins on."""
    begun, parts = 0, ""
    within: list[str] = []  # what ends the texts that an instruction is handed, as a shell's are
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if within:
            within = within[1:] if line == within[0] else within
            continue
        if not line or line.startswith("#"):
            continue
        begun = begun or number
        parts += line.removesuffix("\\")
        if line.endswith("\\"):
            parts += " "
            continue
        if words := parts.split():
            yield begun, words
            handed = map(_HANDED.fullmatch, words if words[0].upper() in _TAKES else ())
            within = [one[2] for one in handed if one is not None]
        begun, parts = 0, ""


def _named(text: str, where: str, given: Mapping[str, str]) -> Image | Passed:
    """Return the image of a name in which variables may stand."""
    if len(text) > _LONGEST:
        return Passed(f"{text[:_SHOWN]}… in {where}", "that names no image")
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        name = found["braced"] or found["plain"]
        told = given.get(name) or found["otherwise"]
        if not told:
            missing.append(name)
        return told or ""

    plain = _VARIABLE.sub(value, text.strip("\"'"))
    if missing:
        return Passed(f"{text} in {where}", f"only the build knows ${', $'.join(missing)}")
    found = _REFERENCE.fullmatch(plain)
    if found is None:
        return Passed(f"{plain[:_SHOWN]} in {where}", "that names no image")
    return Image(found["name"], found["tag"] or _LATEST, where, found["digest"])
