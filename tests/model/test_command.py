"""Fettle's own command lines, quoted for a shell."""

import shlex
import subprocess

import pytest

from fettle.model import command


@pytest.mark.parametrize(
    "text",
    [
        "shop.orders",
        'public."Odd name"',
        "it's",
        "$(touch /tmp/x) `id` \\ ! * ~",
        "a\nb\tc",
        "a\x1b[31mb's \\",
        "inno\u202ecent",
        "",
    ],
)
def test_a_shell_reads_back_what_was_quoted(text: str) -> None:
    printed = subprocess.run(
        ["bash", "-c", f"printf %s {command.word(text)}"],
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )

    assert printed.stdout.decode() == text


def test_the_commands() -> None:
    assert command.fix_plan("shop db", "drop_unused_index", "a.b") == (
        "fettle fix plan 'shop db' drop_unused_index --subject a.b"
    )
    assert shlex.split(command.check_again("shop", "a", "b")) == [
        *("fettle", "check", "shop", "--only", "a", "--only", "b", "--save", "--since-last"),
    ]
