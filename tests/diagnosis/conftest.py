"""What the tests of looking may ask for."""

from collections.abc import Iterator

import pytest

from tests.standby import Pair, followed


@pytest.fixture(scope="session", params=(18, 15), ids=lambda major: f"pg{major}")
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Give a primary with its standby, of the newest version and of Debian's; as it was found."""
    with followed(request.param) as made:
        yield made
