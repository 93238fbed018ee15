"""The log of a step shows what a statement answers."""

import pytest

from fettle.flow.answer import Answer
from fettle.model.ports import Rows


async def heard(*parts: Rows) -> tuple[Answer, list[str]]:
    said: list[str] = []

    async def say(line: str) -> None:
        said.append(line)

    answer = Answer(say)
    for part in parts:
        await answer.hear(part)
    await answer.over()
    return answer, said


async def test_rows_are_lines_below_the_names_of_their_columns() -> None:
    one, two = Rows(("a", "b"), [("1", None)]), Rows(("a", "b"), [("2", "x")])
    answer, said = await heard(one, two, Rows(("a", "b"), []), Rows(("c",), [("3",)]))

    assert said == ["a | b", "1 | NULL", "2 | x", "c", "3"]
    assert (answer.rows, answer.only) == (3, None)


@pytest.mark.parametrize(
    ("parts", "only"),
    [
        ([], None),
        ([Rows(("n",), [])], None),
        ([Rows(("n",), [("7",)]), Rows(("n",), [])], "7"),
        ([Rows(("n",), [("7",), ("8",)])], None),
        ([Rows(("n", "m"), [("7", "8")])], None),
    ],
)
async def test_one_value_alone_is_the_answer(parts: list[Rows], only: str | None) -> None:
    answer, _ = await heard(*parts)
    assert answer.only == only


async def test_what_lies_in_the_middle_is_counted_and_let_go() -> None:
    answer, said = await heard(*(Rows(("n",), [(str(n),)]) for n in range(10_000)))

    assert (len(said), said[0], said[400], said[-1]) == (
        501, "n", "… 9,501 lines are left out", "9999",
    )  # fmt: skip
    assert answer.rows == 10_000
