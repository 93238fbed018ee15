"""What holds of every order: it is one, and what is inside a range does not hang on spelling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fettle.errors import UnreadableVersion
from fettle.model.update import Ecosystem
from fettle.updates.versions import versions_of

_WRITTEN = st.from_regex(
    r"[0-9]{1,2}(\.[0-9]{1,2}){0,3}((-|~|\+)?(a|rc|beta|slim|deb)?[0-9]?){0,2}", fullmatch=True
)


@pytest.mark.parametrize("ecosystem", list(Ecosystem))
@settings(max_examples=200, deadline=None)
@given(three=st.tuples(_WRITTEN, _WRITTEN, _WRITTEN))
def test_it_is_an_order(ecosystem: Ecosystem, three: tuple[str, str, str]) -> None:
    rules = versions_of(ecosystem)
    if not all(map(rules.is_readable, three)):
        return
    a, b, c = three
    assert rules.order(a, a) == 0
    try:
        assert rules.order(a, b) == -rules.order(b, a)
        if rules.order(a, b) <= 0 and rules.order(b, c) <= 0:
            assert rules.order(a, c) <= 0
        if rules.order(a, b) == 0:
            assert rules.order(a, c) == rules.order(b, c)
    except UnreadableVersion:
        assert ecosystem is Ecosystem.OCI  # alone in having flavours


@pytest.mark.parametrize("ecosystem", list(Ecosystem))
@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30), other=st.text(max_size=30))
def test_any_text_is_judged_or_refused(ecosystem: Ecosystem, text: str, other: str) -> None:
    rules = versions_of(ecosystem)
    for asked in (
        lambda: rules.order(text, other),
        lambda: rules.inside(text, other),
        lambda: rules.inside("1.2.3", other),
        lambda: rules.level(text, other),
        lambda: rules.is_prerelease(text),
    ):
        try:
            asked()
        except UnreadableVersion:
            continue
    assert rules.is_readable(text) in (True, False)
