"""The picture that was measured as the largest comes first, and no other."""

from fettle.optimisation.actions.hasten_largest import improve
from tests.optimisation.sites import site, written

LARGEST = frozenset({"hero.jpg"})


def page(text: str, largest: frozenset[str] = LARGEST) -> str | None:
    found = written(improve, site({"index.html": text}, largest=largest))
    return found["index.html"].decode() if found else None


def test_it_is_the_measured_one_and_not_the_first_of_the_page() -> None:
    assert page("<img src=logo.png><img src=hero.jpg><img src=hero.jpg>") == (
        '<img src=logo.png><img src=hero.jpg fetchpriority="high"><img src=hero.jpg>'
    )


def test_it_does_not_wait_any_more() -> None:
    assert page("<img loading=lazy src=hero.jpg>") == '<img src=hero.jpg fetchpriority="high">'


def test_one_that_is_offered_in_other_forms_is_the_same_image() -> None:
    text = "<picture><source srcset=hero.jpg.avif><img src=hero.jpg></picture>"

    assert 'fetchpriority="high"' in str(page(text, frozenset({"hero.jpg.avif"})))


def test_one_of_a_style_sheet_is_loaded_with_the_page() -> None:
    assert page("<html><head><title>a</title></head>", frozenset({"img/a b.jpg"})) == (
        '<html><head><link rel="preload" as="image" href="img/a%20b.jpg" fetchpriority="high">'
        "<title>a</title></head>"
    )
    assert page("<head><link rel=preload href=hero.jpg></head>") is None


def test_a_text_and_what_has_a_priority_are_left_alone() -> None:
    assert page("<img src=hero.jpg>", frozenset()) is None
    assert page("<img fetchpriority=low src=hero.jpg>") is None
