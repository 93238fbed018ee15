"""A standby is behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.database.replication_lag import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from tests import servers
from tests.conftest import MAJORS, FreshDatabase
from tests.diagnosis.asking import ask
from tests.planted.background import wait_until
from tests.servers import Server

ROW = Row("standby1", "streaming", timedelta(0), Bytes(0))
GIBIBYTE = 1024**3


@pytest.mark.parametrize(
    ("lag_s", "behind", "severity"),
    [
        (0, 0, None),
        (29.999, 0, None),
        (30, 0, Severity.MEDIUM),
        (299.999, 0, Severity.MEDIUM),
        (300, 0, Severity.HIGH),
        (0, GIBIBYTE - 1, None),
        (0, GIBIBYTE, Severity.HIGH),
        (30, GIBIBYTE, Severity.HIGH),
        (None, None, None),
        (None, GIBIBYTE, Severity.HIGH),
        (300, None, Severity.HIGH),
    ],
)
def test_the_time_and_the_wal_it_is_behind_decide(
    lag_s: float | None, behind: int | None, severity: Severity | None
) -> None:
    row = replace(
        ROW,
        lag=None if lag_s is None else timedelta(seconds=lag_s),
        behind=None if behind is None else Bytes(behind),
    )

    verdicts = judge([row], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


@dataclass(frozen=True)
class Pair:
    """A primary and its standby."""

    primary: Server
    standby: Server

    @contextmanager
    def replay_paused(self) -> Iterator[None]:
        """Let the standby receive two mebibytes and replay nothing of them."""
        _on(self.standby, "SELECT pg_wal_replay_pause()")
        try:
            wait_until_on(self.standby, "SELECT pg_get_wal_replay_pause_state() = 'paused'")
            self.primary.run(
                "CREATE TABLE filling AS SELECT repeat('x', 1000) AS a"
                " FROM generate_series(1, 2000)",
                "DROP TABLE filling",
            )
            wait_until(self.primary, "SELECT flush_lsn = pg_current_wal_lsn() FROM")
            yield
        finally:
            _on(self.standby, "SELECT pg_wal_replay_resume()")
