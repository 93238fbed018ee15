"""Templates grow as lines come, and their ids stay; what is kept of them is enough to go on."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fettle.intake.logs.digest import Digester, digests
from fettle.intake.logs.growing import MORE, Grown, Growth
from fettle.model.log import Digest, Kind, Level

USERS = ("ada", "bob", "cyd", "dan", "eve", "fay", "gus")


def kinds(*lines: str, level: Level = Level.UNKNOWN) -> list[Kind]:
    """Return lines as kinds, one after the other."""
    return [
        Kind(kind.words, max(kind.level, level), kind.lines, kind.example)
        for line in lines
        for found in digests(Digester(str), [line.encode()])
        for kind in found.kinds
    ]


def grown(growth: Growth, *lines: str) -> list[str]:
    """Learn lines; return the texts of their templates in the end."""
    found = [growth.learn(kind) for kind in kinds(*lines)]
    return [one.last.text for one in found]


def numbered(growth: Growth, *lines: str) -> list[int]:
    """Learn lines, and let new templates have ids, as the store does."""
    found = [growth.learn(kind) for kind in kinds(*lines)]
    for one in found:
        if one.last.id is None:
            one.last.id = 1 + max((other.last.id or 0 for other in found), default=0)
    return [one.last.id or 0 for one in found]


def test_a_place_where_enough_words_have_stood_holds_a_value() -> None:
    lines = [f"card of {user} was refused (code 7)" for user in USERS]
    assert grown(Growth([], 100), *lines[:3]) == [
        f"card of {user} was refused (code <*>)" for user in USERS[:3]
    ]
    assert set(grown(Growth([], 100), *lines)) == {"card of <*> was refused (code <*>)"}


def test_two_places_hold_values_and_a_new_pair_is_known_at_once() -> None:
    growth = Growth([], 100)
    for place in ("home", "work", "school", "town"):
        grown(growth, *(f"card of {user} was used at {place}" for user in USERS[:5]))
    assert grown(growth, "card of zoe was used at sea") == ["card of <*> was used at <*>"]
    assert len(growth) == 1


def test_who_goes_on_from_what_was_kept_goes_on_with_the_same_ids() -> None:
    one = Growth([], 100)
    ids = numbered(one, *(f"card of {user} was refused" for user in USERS[:3]), "we are up")
    kept = [
        Grown(id_, kind.words, grave=False, example=kind.example)
        for id_, kind in zip(
            ids,
            kinds(*(f"card of {user} was refused" for user in USERS[:3]), "we are up"),
            strict=True,
        )
    ]
    two = Growth(kept, 100)
    found = [two.learn(kind) for kind in kinds("card of dan was refused", "we are up")]
    assert [one.last.id for one in found] == [ids[0], ids[3]]
    assert [one.id for one in two.merged] == [ids[1], ids[2], None]


def test_an_error_and_what_is_none_are_never_one() -> None:
    growth = Growth([], 100)
    calm = growth.learn(kinds("the card was closed", level=Level.INFO)[0])
    grave = growth.learn(kinds("the card was closed", level=Level.ERROR)[0])
    assert calm is not grave
    assert (calm.level, grave.level) == (Level.INFO, Level.ERROR)


def test_beyond_the_most_lines_are_told_by_how_they_begin() -> None:
    growth = Growth([], 5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = [f"{a * 2} {b * 3} {a}{b} {b}{a}x" for a in letters for b in letters]
    found = [growth.learn(kind) for kind in kinds(*lines)]
    assert len(growth) <= 5 + 500 + 1
    assert found[-1].words == (MORE,)
    again = Growth(
        [
            Grown(id_, one.words, grave=False, example=one.example)
            for id_, one in enumerate(dict.fromkeys(one.last for one in found), start=1)
        ],
        5,
    )
    assert again.learn(kinds(lines[-1])[0]).words == (MORE,)


LINES = st.lists(
    st.lists(st.sampled_from(["a", "bb", "ccc", "dd", "e5", "f"]), min_size=1, max_size=5).map(
        " ".join
    ),
    max_size=60,
)


@given(LINES)
def test_each_line_is_of_a_template_that_covers_it(lines: list[str]) -> None:
    growth = Growth([], 30)
    learnt = [(kind, growth.learn(kind)) for kind in kinds(*lines)]
    for kind, one in learnt:
        words = one.last.words
        if words[-1] != MORE:
            assert len(words) == len(kind.words)
            pairs = zip(words, kind.words, strict=True)
            assert all(word in ("<*>", said) for word, said in pairs)
    live = {id(one.last) for _, one in learnt}
    assert len(live) == len(growth)


@given(LINES)
def test_what_was_learnt_is_found_again(lines: list[str]) -> None:
    growth = Growth([], 30)
    learnt = [(kind, growth.learn(kind)) for kind in kinds(*lines)]
    kept = [
        Grown(number, one.words, grave=one.grave, example=one.example)
        for number, one in enumerate({one.last: None for _, one in learnt}, start=1)
    ]
    again = Growth(kept, 30)
    for kind, one in learnt:
        if one.last.words[-1] != MORE:
            assert again.learn(kind).id is not None


def test_a_digest_counts_each_line_once_and_keeps_one_of_a_kind() -> None:
    digester = Digester(lambda line: line.replace("hunter", "…"))
    for line in (b"INFO a 1", b"INFO a 2\r", b"", b"ERROR key hunter", b"  more", b"INFO a 3"):
        digester.take(line)
    assert (digester.lines, digester.before) == (6, 5)
    held = digester.digest(hold=True)
    assert held == Digest(
        5,
        (
            Kind(("a", "<*>"), Level.INFO, 2, "a 1"),
            Kind(("key", "…"), Level.ERROR, 1, "key …"),
        ),
    )
    assert digester.digest() == Digest(0, ())


def test_templates_that_turn_out_to_have_traces_are_joined_as_those_that_had_them() -> None:
    words = [f"w{chr(97 + number)}" for number in range(19)]
    plain = [Kind(("no", word, "card"), Level.ERROR, 1, f"no {word} card") for word in words]
    raised = [replace(kind, raised=True) for kind in plain]
    at_once, late = Growth([], 100), Growth([], 100)
    for kind in raised:
        at_once.learn(kind)
    for before, kind in zip(plain, raised, strict=True):
        late.learn(before)
        late.learn(kind)

    for growth in (at_once, late):
        assert {growth.learn(kind).last.text for kind in raised} == {"no <*> card"}
