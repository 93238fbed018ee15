r"""Text from outside, made safe to look at: what would act on a terminal is spelled out.

Control characters (the ANSI escapes begin with one), marks that turn the direction of writing, and
characters nobody sees are written as `\x1b` or `\u202e`. The joiners of emoji and of Indic and
Persian script stay.
"""

import re

# Cc, Zl, Zp, the unseen of Cf (but U+200C and U+200D), tags, half surrogates and non-characters.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINES = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]|\t")


def visible(text: str) -> str:
    """Return one line of text with nothing in it that acts or hides; line ends become spaces."""
    return _UNSEEN.sub(_spelled, _LINES.sub(" ", text)) if _UNSEEN.search(text) else text


def visible_lines(text: str) -> list[str]:
    """Return the lines of a text that is to be copied, each with nothing that acts or hides."""
    lines = re.split(r"\r\n|\n", text)
    return [_UNSEEN.sub(_spelled, line.replace("\t", "    ")).rstrip() for line in lines]


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
