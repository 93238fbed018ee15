"""Who did something is said as people name them, whatever they are called."""

import pytest

from fettle.model.actor import who


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("user:ada", "ada"),
        ("token:ci", "token “ci”"),
        ("cli:ada", "ada, on the command line"),
        ("link:pager", "pager, by a link in a notification"),
        ("fettle", "Fettle"),
        ("llm", "a language model"),
        ("ada", "ada"),
        ("a:b:c", "b:c (a)"),
        ("a{0}:{name}", "{name} (a{0})"),
    ],
)
def test_who_did_something_is_said_by_their_name(actor: str, said: str) -> None:
    assert who(actor) == said
