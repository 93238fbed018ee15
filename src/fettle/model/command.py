"""Fettle's own command lines, as a report prints them: quoted, so that a shell takes them whole."""

import re
import shlex

# What a person could not see, or would copy wrongly: controls, and marks that turn the direction.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def fix_plan(target: str, fix: str, subject: str) -> str:
    """Return the command that plans a fix for one subject."""
    return f"fettle fix plan {word(target)} {word(fix)} --subject {word(subject)}"


def check_again(target: str, *checks: str) -> str:
    """Return the command that looks again, and says what changed since the last time."""
    only = " ".join(f"--only {word(check)}" for check in checks)
    return f"fettle check {word(target)} {only} --save --since-last"


def word(text: str) -> str:
    """Return one word of a shell's command line.

    A text with unseen characters is written with escapes in `$'…'`, as bash, zsh and ksh read it.
    """
    if not _UNSEEN.search(text):
        return shlex.quote(text)
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _UNSEEN.sub(_escape, quoted) + "'"


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
