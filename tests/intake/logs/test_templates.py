"""Templates are learnt from the lines alone: what varies is a value, what does not is not."""

import pytest

from fettle.intake.logs import templates
from fettle.intake.logs.templates import Miner, Template


def learnt(*lines: str) -> list[Template]:
    miner = Miner()
    for line in lines:
        miner.learn(line)
    return miner.templates()


def texts(*lines: str) -> list[str]:
    return [template.text for template in learnt(*lines)]


def test_lines_that_differ_in_values_are_one() -> None:
    (found,) = learnt(
        "Nov 27 02:38:11 web-1 sshd[1]: Accepted key for ada from 10.0.0.1 port 22",
        "Nov 27 02:39:12 web-1 sshd[22]: Accepted key for ada from 10.0.0.2 port 2222",
    )

    assert found == Template("t1", "Accepted key for ada from <*> port <*>", 2, 1, 2)


def test_a_word_that_varies_is_a_value_once_enough_have_stood_there() -> None:
    names = ["ada", "bob", "cy", "dee", "eve"]

    assert len(texts(*(f"the session of {name} was closed" for name in names[:3]))) == 3
    assert texts(*(f"the session of {name} was closed" for name in names)) == [
        "the session of <*> was closed"
    ]


def test_what_was_seen_to_be_a_value_is_one_for_words_as_well() -> None:
    assert texts("login by u17 was refused", "login by root was refused") == [
        "login by <*> was refused"
    ]


def test_what_happens_is_no_value() -> None:
    lines = ["session opened for the job", "session closed for the job", "job one was started"]

    assert sorted(texts(*lines)) == sorted(lines)


def test_lines_of_one_kind_join_from_the_beginning() -> None:
    miner = Miner()
    kinds = [miner.learn(f"the session of {name} was closed") for name in ("a", "b", "c", "d")]

    assert len({miner.template_of(kind) for kind in kinds}) == 1


def test_the_text_is_the_lines_own_with_its_stops() -> None:
    assert texts("GET /api/orders/7?x=1 -> 503 (took 12 ms): upstream [10.0.0.1] died!") == [
        "GET <*> -> <*> (took <*>): upstream [<*>] died!"
    ]


@pytest.mark.parametrize("line", ["", "   ", "\x00\x00\x00", "=====", "\ud800 \N{PILE OF POO}"])
def test_a_line_of_nothing_is_a_line(line: str) -> None:
    (found,) = learnt(line, line)

    assert found.lines == 2


def test_lines_that_are_all_different_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MOST_KINDS", 50)
    miner = Miner()
    alphabet = "abcdefghij"
    for number in range(3000):
        word = "".join(alphabet[int(digit)] for digit in f"{number:04}")
        miner.learn(f"{word} {word[::-1]} {word * 2} happened")

    assert miner.kinds <= 101
    assert sum(template.lines for template in miner.templates()) == 3000


def test_a_line_of_megabytes_takes_no_time_to_speak_of() -> None:
    (found,) = learnt("a " * 5_000_000)

    assert found.lines == 1
