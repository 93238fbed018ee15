"""Of very many lines the first are said, and the last."""

import pytest

from fettle.model.excerpt import Excerpt


@pytest.mark.parametrize("lines", [0, 1, 400, 401, 500, 501, 5000])
async def test_the_first_and_the_last_are_said_once_and_in_order(lines: int) -> None:
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    excerpt = Excerpt(say)
    whole = [str(number) for number in range(lines)]
    for line in whole:
        await excerpt.hear(line)
    await excerpt.over()

    left_out = [f"… {lines - 500:,} lines are left out"] if lines > 500 else []
    assert said == (whole if lines <= 500 else [*whole[:400], *left_out, *whole[-100:]])


async def test_a_long_line_is_cut() -> None:
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    await Excerpt(say).hear("x" * 1000)
    assert said == ["x" * 500]
