"""What is said to who may not."""

import pytest

from fettle.errors import NotAllowed
from fettle.model.role import Caller, Role


@pytest.mark.parametrize(
    ("role", "needed", "said"),
    [
        (Role.VIEWER, Role.RESPONDER, "user:ada is a viewer, and this needs a responder"),
        (Role.VIEWER, Role.ADMIN, "user:ada is a viewer, and this needs an admin"),
        (Role.RESPONDER, Role.ADMIN, "user:ada is a responder, and this needs an admin"),
    ],
)
def test_who_may_not_is_told_what_it_takes(role: Role, needed: Role, said: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        Caller("user:ada", role).must_be(needed)

    assert refused.value.reason == said
    assert f"fettle user role ada {needed}" in (refused.value.remedy or "")


def test_who_may_goes_on() -> None:
    for role in Role:
        for needed in Role:
            if role >= needed:
                Caller("token:ci", role).must_be(needed)
