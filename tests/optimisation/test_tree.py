"""What has changed between two states of a web root."""

from fettle.model.experiment import Entry, Manifest
from fettle.optimisation.tree import Changed, changed

PAGE = Entry(3, 0o644, "aa")


def test_what_came_went_and_became_another_is_told_apart() -> None:
    before = Manifest({"a": PAGE, "b": PAGE, "c": PAGE}, {"d": 0o755, "e": 0o755})
    after = Manifest({"a": PAGE, "b": Entry(3, 0o644, "bb"), "f": PAGE}, {"d": 0o700, "e": 0o755})

    assert changed(before, after) == Changed(added=("f",), removed=("c",), edited=("b", "d/"))
    assert str(changed(before, after)) == "1 added (f), 1 removed (c), 2 changed (b, …)"


def test_the_same_is_no_change() -> None:
    manifest = Manifest({"a": PAGE}, {"d": 0o755})

    assert not changed(manifest, manifest)
    assert str(changed(manifest, manifest)) == "nothing"


def test_a_mode_and_where_a_link_leads_are_part_of_what_a_root_is() -> None:
    page = Manifest({"a": PAGE})

    for other in (Entry(3, 0o600, "aa"), Entry(0, 0o644, "aa", "b")):
        assert changed(page, Manifest({"a": other})).edited == ("a",)
        assert Manifest({"a": other}).sha256 != page.sha256
