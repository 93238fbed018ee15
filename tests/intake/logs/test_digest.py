"""What lines come to, and what is said of those that are cut."""

from fettle.intake.logs.digest import Digester


def test_an_example_that_is_cut_says_so() -> None:
    digester = Digester(str)
    digester.take(b"a word " * 2_000_000)
    (kind,) = digester.digest().kinds
    assert kind.example.startswith("a word a word")
    assert kind.example.endswith("…")
    assert len(kind.example) == 1_000
