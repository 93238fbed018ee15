"""What a [[backup]] says, and what of it is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import BadSettings
from fettle.settings import load

_DUMP = '[[backup]]\nname = "shop"\nkind = "pg_dump"\npath = "/var/backups/shop-*.dump"\n'


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "fettle.toml"
    file.write_text(text)
    return file


def test_a_backup_of_a_database_is_read(tmp_path: Path) -> None:
    text = (
        _DUMP
        + 'database = "main-db"\nmax_age = "1d2h"\nrto = "1h"\nrpo = "1d"\ntolerance = "2 %"\n'
        + 'passphrase = "${KEY}"\non = "db-host"\nqueries = ["SELECT true"]\n'
        + '[[database]]\nname = "main-db"\nurl = "postgresql:///shop"\n'
    )
    (one,) = load(written(tmp_path, text), {"KEY": "open sesame"}).backup
    assert (one.max_age, one.rto, one.rpo) == (
        timedelta(hours=26),
        timedelta(hours=1),
        timedelta(days=1),
    )
    assert (one.tolerance, one.passphrase, one.on) == (0.02, "open sesame", "db-host")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('database = "shop"\n', "no database is called shop"),
        ('path = "backups/shop.dump"\n', "write the whole path"),
        ('path = "/var/backups/*"\n', "say what it is called"),
        ('path = "/var/../shop.dump"\n', "write the whole path"),
        ('stanza = "main"\n', "stanza: there is none where kind is pg_dump"),
        ('kind = "tar"\n', "kind"),
        ('max_age = "0s"\n', "max_age"),
        ('tolerance = "120 %"\n', "is no share"),
        (f'restore_in = "/{"x" * 80}"\n', "60 bytes at most"),
        ('passphrase = "open sesame"\n', "a secret stands in the file"),
        ('environment = ["KEY=1"]\n', "is no name of a variable"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, more: str, says: str) -> None:
    name = more.partition(" ")[0]
    lines = [line for line in _DUMP.splitlines() if not line.startswith(f"{name} ")]
    with pytest.raises(BadSettings) as refused:
        load(written(tmp_path, "\n".join(lines) + "\n" + more), {})
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        ("pg_basebackup", "path"),
        ("pgbackrest", "stanza"),
        ("barman", "server"),
        ("restic", "repository"),
        ("borg", "repository"),
    ],
)
def test_each_kind_says_where_it_lies(tmp_path: Path, kind: str, needs: str) -> None:
    file = written(tmp_path, f'[[backup]]\nname = "shop"\nkind = "{kind}"\n')
    with pytest.raises(BadSettings, match=f"{needs}: it is required where kind is {kind}"):
        load(file, {})


def test_a_repository_needs_a_path_inside_and_holds_no_password(tmp_path: Path) -> None:
    begun = '[[backup]]\nname = "shop"\nkind = "restic"\n'
    with pytest.raises(BadSettings, match="where it lies inside"):
        load(written(tmp_path, begun + 'repository = "/srv/restic"\n'), {})
    told = 'path = "/var/backups/shop.dump"\nrepository = "rest:https://me:secret@host/shop"\n'
    with pytest.raises(BadSettings, match="a secret stands in the file"):
        load(written(tmp_path, begun + told), {})
    told = 'path = "/var/backups/shop.dump"\nrepository = "${REPOSITORY}"\n'
    settings = load(written(tmp_path, begun + told), {})  # who does not verify it needs it not
    assert settings.absent(settings.backup[0].repository or "") is not None
