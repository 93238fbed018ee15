"""HTML that cannot hold anything unescaped: elements are built, never pasted together.

Text becomes HTML in one place, `element`, and is escaped there; only what is `Html` already is
taken as it is, and only this module makes it.
"""

from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


_VOID = frozenset({"meta", "br", "hr"})


def element(tag: str, /, *content: str, **attributes: str | None) -> Html:
    """Return an element; `_` in an attribute's name is `-`, and `class_` is class."""
    given = (
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    start = f"<{tag}{''.join(given)}>"
    return Html(start if tag in _VOID else f"{start}{joined(*content)}</{tag}>")


def joined(*content: str) -> Html:
    """Return texts and elements one behind the other, the texts escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in content))


def document(*, head: Html, body: Html) -> str:
    """Return a whole page."""
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"
