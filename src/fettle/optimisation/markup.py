"""A page's tags and where they stand in its text, and changes made in place.

The text is read by the standard library's parser, which knows comments, scripts and broken markup;
where a tag's attributes stand is found within the tag. What is not changed stays as it was
written, to the last blank: a page is never written anew from a tree.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser

# https://html.spec.whatwg.org/multipage/syntax.html#attributes-2
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?P<name>[^\s/>=][^\s/>=]*)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s>]+))?"""
)
_NAME = re.compile(r"<[a-zA-Z][^\s/>]*")
# What is in these is no markup where scripts run, or only a stencil of it.
_RAW = frozenset({"noscript", "template", "iframe", "noembed", "noframes", "textarea", "xmp"})
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class Tag:
    """One start tag: its name, its attributes, where it stands, and what it stands in.

    An attribute's value is None where it has none; of two with one name the first counts. `inside`
    are the names of the elements that are open around it, the outermost first; `text` is what is
    in it, of a script or a style.
    """

    name: str
    attributes: Mapping[str, str | None]
    start: int
    end: int
    inside: tuple[str, ...] = ()
    text: str = field(default="", compare=False)

    def get(self, name: str) -> str:
        """Return an attribute's value; nothing where it is not there."""
        return self.attributes.get(name) or ""

    @property
    def live(self) -> bool:
        """Whether it is markup, and no text or stencil."""
        return not _RAW.intersection(self.inside)


@dataclass(frozen=True)
class Edit:
    """What is put in the place of the text from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Markup:
    """A page's text, and its tags in their order."""

    text: str
    encoding: str
    tags: tuple[Tag, ...]

    def named(self, *names: str) -> Iterator[Tag]:
        """Yield the tags of these names that are markup."""
        return (tag for tag in self.tags if tag.name in names and tag.live)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Return the page with its changes, in its own encoding."""
        parts: list[str] = []
        at = 0
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            if edit.start < at:
                raise ValueError("two changes of one place")
            parts += [self.text[at : edit.start], edit.text]
            at = edit.end
        parts.append(self.text[at:])
        return "".join(parts).encode(self.encoding, "xmlcharrefreplace")


def read(content: bytes) -> Markup | None:
    """Read a page; None for what could not be written back as it was."""
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    if text.encode(encoding) != content:
        return None
    return Markup(text, encoding, tuple(_Reading(text).tags))


def _encoding(content: bytes) -> str:
    declared = _CHARSET.search(content[:1024])
    return declared[1].decode() if declared else "utf-8"


class _Reading(HTMLParser):
    """Reads one text and keeps its tags."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Tag] = []
        self._inside: list[str] = []
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it, and what is open around it."""
        self._keep(tag, attrs)
        if tag not in _VOID:
            self._inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it; `/>` closes nothing but what is void, and what is in an svg."""
        if tag in _VOID or "svg" in self._inside or tag == "svg":
            self._keep(tag, attrs)
        else:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Take note of what is open no more; an end that fits nothing ends nothing."""
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Keep what a script or a style says."""
        if self._inside and self._inside[-1] in ("script", "style") and self.tags:
            last = self.tags[-1]
            if last.name == self._inside[-1]:
                text = last.text + data
                self.tags[-1] = Tag(
                    last.name, last.attributes, last.start, last.end, last.inside, text
                )

    def _keep(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        line, column = self.getpos()
        start = self._lines[line - 1] + column
        end = start + len(self.get_starttag_text() or "")
        attributes: dict[str, str | None] = {}
        for name, value in attrs:
            attributes.setdefault(name, value)
        self.tags.append(Tag(tag, attributes, start, end, tuple(self._inside)))

    def line_of(self, position: int) -> int:
        """Return the line of a place in the text, the first is 1."""
        return bisect_right(self._lines, position)


_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)


def set_attribute(markup: Markup, tag: Tag, name: str, value: str | None) -> Edit:
    """Return the change that gives a tag an attribute, there or not; without a value for None."""
    written = name if value is None else f'{name}="{escape(value)}"'
    source = markup.text[tag.start : tag.end]
    for found in _attributes(source):
        if found["name"].lower() == name:
            return Edit(tag.start + found.start("name"), tag.start + found.end(), written)
    end = len(source) - (2 if source.endswith("/>") else 1)
    blank = "" if source[end - 1].isspace() else " "
    after = " " if source.endswith("/>") and source[end - 1].isspace() else ""
    return Edit(tag.start + end, tag.start + end, f"{blank}{written}{after}")


def add_attributes(markup: Markup, tag: Tag, values: Mapping[str, str | None]) -> Edit:
    """Return the one change that gives a tag attributes; those that it has are set anew."""
    source = markup.text[tag.start : tag.end]
    for name, value in values.items():
        alone = Markup(source, markup.encoding, ())
        edit = set_attribute(alone, Tag(tag.name, {}, 0, len(source)), name, value)
        source = source[: edit.start] + edit.text + source[edit.end :]
    return Edit(tag.start, tag.end, source)


def remove_attribute(source: str, name: str) -> str:
    """Return a tag's text without an attribute."""
    for found in _attributes(source):
        if found["name"].lower() == name:
            return source[: found.start()] + source[found.end() :]
    return source


def _attributes(source: str) -> Iterator[re.Match[str]]:
    name = _NAME.match(source)
    at = name.end() if name else 0
    while (found := _ATTRIBUTE.match(source, at)) and found.end() < len(source):
        yield found
        at = found.end()


def candidates(srcset: str) -> list[str]:
    """Return the addresses that a srcset names."""
    return [unescape(part.split()[0]) for part in srcset.split(",") if part.split()]
