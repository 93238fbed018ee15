"""What words alone resemble is learnt from messages that entries may be made from."""

import subprocess
import sys
from pathlib import Path

from fettle.model.known_error import ErrorFacts
from fettle.resolution.catalogue import shipped
from fettle.resolution.likeness import NEAREST, Likeness, Seen
from fettle.resolution.recognise import Recogniser
from tests.resolution.test_known_messages import messages

SCRIPT = Path(__file__).parents[2] / "script" / "known-words"
SEEN = Seen.of(
    [
        ("pg: relation orders is gone 7", "schema_missing"),
        ("pg: relation orders was dropped 7", "schema_missing"),
        ("pg: connection 7 was cut", "conn_lost"),
        ("the relation", "a_class_of_others"),
    ]
)


def test_the_words_that_are_shipped_are_those_of_the_messages() -> None:
    made = subprocess.run([sys.executable, SCRIPT, "--check"], check=False, capture_output=True)
    assert made.returncode == 0, made.stderr


def test_nothing_is_learnt_from_what_is_held_back() -> None:
    seen = Seen.shipped()
    names = ("developed", "wider", "blind_developed")
    learnt = [one for name in names for one in messages(name) if one.right]
    assert sum(seen.messages.values()) == len(learnt)


def test_a_word_of_one_text_and_a_number_tell_nothing() -> None:
    assert "dropped" not in SEEN.words
    assert "7" not in SEEN.words
    assert SEEN.words["orders"] == {"schema_missing": 2}


def test_words_speak_for_whose_they_are_and_never_more_than_a_sign() -> None:
    like = dict(Likeness(shipped(), SEEN).of("where did the orders relation go"))
    assert max(like, key=lambda id_: like[id_]) == "schema_missing"
    assert "a_class_of_others" not in like
    assert all(0 < weight < NEAREST for weight in like.values())


def test_likeness_alone_is_never_an_answer() -> None:
    words = " ".join(Seen.shipped().words)
    recogniser = Recogniser(shipped())
    for word in words.split()[::7]:
        made = recogniser.recognise(f"{word} {word}", ErrorFacts())
        signs = {sign for match in made.matches[:1] for sign in match.evidence}
        assert not (made.answered and signs == {"words like its own"}), word
