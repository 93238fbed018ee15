"""What a base backup says of itself."""

from datetime import UTC, datetime
from pathlib import Path

from fettle.targets.backups.physical import begun_at

LABEL = """START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
CHECKPOINT LOCATION: 0/2000080
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-02-03 04:05:06 CET
LABEL: pg_basebackup base backup
START TIMELINE: 1
"""


def test_when_it_was_begun_stands_in_it_however_it_was_copied(tmp_path: Path) -> None:
    assert begun_at(tmp_path) is None
    (tmp_path / "backup_label").write_text(LABEL)
    assert begun_at(tmp_path) == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
