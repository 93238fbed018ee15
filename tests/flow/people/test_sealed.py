"""What a browser carries it cannot read, change, keep for long, or use for something else."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from fettle.flow.people.sealed import Sealing
from fettle.testing import START

SEALING = Sealing(b"k" * 32)
MINUTE = timedelta(minutes=1)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_what_is_carried_comes_back(content: dict[str, str | int | None]) -> None:
    text = SEALING.carry("step", content, START, MINUTE)

    assert SEALING.carried("step", text, START) == content
    assert SEALING.carried("other", text, START) is None
    assert SEALING.carried("step", text, START + MINUTE) is None
    assert Sealing(b"j" * 32).carried("step", text, START) is None


@given(st.data())
def test_what_was_changed_is_nothing(data: st.DataObject) -> None:
    text = SEALING.carry("step", {"user": "ada"}, START, MINUTE)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(
        st.characters(categories=("L", "N", "P", "S")).filter(lambda c: c != text[at])
    )
    changed = f"{text[:at]}{other}{text[at + 1 :]}"

    found = SEALING.carried("step", changed, START)

    # the last letter of base64 has bits that stand for nothing
    assert found is None or at >= len(text) - 3


@given(st.text(max_size=60))
def test_any_text_is_read_and_means_nothing(text: str) -> None:
    assert SEALING.carried("step", text, START) is None


def test_nothing_of_it_can_be_read() -> None:
    assert "ada" not in SEALING.carry("step", {"user": "ada"}, START, MINUTE)
    assert b"secret" not in SEALING.seal("totp", b"secret")
