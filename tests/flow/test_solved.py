"""What a text is compared by with what a team solved before."""

import pytest

from fettle.flow.solved import headline


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "\n connect ECONNREFUSED 127.0.0.1:5432\n    at TCP",
            "connect ECONNREFUSED 127.0.0.1:5432",
        ),
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in a\nshop.No: a\nb',
            "No a",
        ),
        ("", ""),
        ("\ud800\x00", "\ud800\x00"),
    ],
)
def test_an_error_is_told_by_what_its_stack_came_to_or_by_its_first_line(
    text: str, line: str
) -> None:
    assert headline(text) == line
