"""What the pages show can be used as it stands."""

import re
from pathlib import Path

import click
import pytest

from fettle import settings
from fettle.frontends.cli.group import group

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
EXAMPLES = [
    pytest.param(page, text, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, text in enumerate(
        re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    )
]
CALLS = sorted(
    {
        match
        for page in PAGES
        if page.stem != "commands"
        for match in re.findall(r"\bfettle ([a-z]+(?: [a-z]+)?)", page.read_text("utf-8"))
    }
)


@pytest.mark.parametrize(("page", "text"), EXAMPLES)
def test_settings_that_are_shown_are_understood(page: Path, text: str, tmp_path: Path) -> None:
    file = tmp_path / "fettle.toml"
    file.write_text(text, encoding="utf-8")
    names = re.findall(r"\$\{(\w+)\}", text)

    assert settings.load(file, dict.fromkeys(names, "x")) is not None


@pytest.mark.parametrize("call", CALLS)
def test_commands_that_are_named_exist(call: str) -> None:
    context = click.Context(group)
    first, *rest = call.split()
    command = group.get_command(context, first)

    assert command is not None, f"fettle {call}"
    if rest and isinstance(command, click.Group):
        assert command.get_command(context, rest[0]) is not None, f"fettle {call}"
