"""Backups made by real tools are restored for real, and each kind of damage is found."""

import gzip
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fettle.maintenance.tasks.daily_backup_verification import (
    COMPLETED,
    RESTORE,
    TASK,
    WHOLE,
)
from fettle.model.work import Outcome
from fettle.targets.backups.restoring import Restoring
from tests.maintenance.tasks.backing_up import (
    Shop,
    restoring,
    run,
    scratch_root,
    shop_of,
)
from tests.maintenance.working import Steps, tools
from tests.servers import Server

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def shop(pg15: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop_of(pg15, tmp_path_factory.mktemp("backups")) as made:
        yield made


@pytest.fixture
def root() -> Iterator[Path]:
    with scratch_root() as made:
        yield made


@pytest.fixture
def copy(shop: Shop, tmp_path: Path) -> Callable[[Path], Path]:
    """Return what copies a backup, to be damaged."""

    def copied(path: Path) -> Path:
        target = tmp_path / path.name
        if path.is_dir():
            return Path(shutil.copytree(path, target, symlinks=True))
        return Path(shutil.copy2(path, target))

    return copied


def steps_of(
    path: Path, root: Path, url: str | None = None, more: Mapping[str, object] | None = None
) -> Steps:
    return Steps(TASK, tools(backups=restoring({"path": str(path), **(more or {})}, root, url)))


async def outcomes(steps: Steps) -> list[Outcome]:
    return [told.outcome for told in await steps.all()]


CUSTOM, FOLDER, PLAIN, TAR = ("-Fc",), ("-Fd", "-j2"), ("-Fp",), ("-Ft",)


async def test_a_good_dump_is_restored_and_looked_at(shop: Shop, root: Path) -> None:
    path = shop.dump("good.dump", *CUSTOM)
    queries = ["SELECT count(*) > 2000 FROM orders", "SELECT name FROM customers WHERE id = 7"]
    steps = steps_of(path, root, shop.url, {"queries": queries})
    told = await steps.all()
    assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
    assert told[0].says.startswith("shop: good.dump is moments old, ")
    assert told[1].says == (
        "shop: a dump in the custom format of PostgreSQL 15, whole as far as its files tell"
    )
    assert "2 tables with 3,500 rows restored in" in told[2].says
    assert "2 queries answered right" in told[2].says
    report = told[3].report
    assert report is not None
    assert report.summary == "1 of 1 backup good"
    table = report.sections[0].table
    assert table is not None
    assert table.rows[0][5:] == ("2", "3,500", "good")


@pytest.mark.parametrize(
    ("name", "words", "around"),
    [
        ("folder", FOLDER, None),
        ("packed.sql.gz", PLAIN, "gzip"),
        ("whole.sql.xz", (*PLAIN, "--create"), "xz"),
        ("roles.sql.bz2", (), "bzip2"),
    ],
)
async def test_each_form_of_a_dump_is_restored(
    shop: Shop, root: Path, name: str, words: tuple[str, ...], around: str | None
) -> None:
    plain = name.partition(".sql")[0] + ".sql" if around else name
    program = "pg_dumpall" if name.startswith("roles") else "pg_dump"
    path = shop.dump(plain, *words, program=program)
    if around is not None:
        run([around, "--force", str(path)])
    steps = steps_of(shop.folder / name, root, shop.url)
    told = await steps.all()
    assert [one.outcome for one in told] == [PASSED] * 4, [one.says for one in told]
    assert "2 tables with 3,500 rows restored" in told[2].says


@pytest.mark.parametrize("words", [PLAIN, TAR, (*CUSTOM, "-Z0")], ids=["plain", "tar", "unpacked"])
async def test_what_carries_no_checksum_is_not_called_whole_without_one(
    shop: Shop, root: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    path = tmp_path / shop.dump("bare", *words).name
    shutil.copy2(shop.folder / "bare", path)
    steps = steps_of(path, root, shop.url)
    assert await outcomes(steps) == [PASSED, UNKNOWN, PASSED, UNKNOWN]
    assert "a changed bit would not be seen" in steps.told[WHOLE].says
    assert "sha256sum" in (steps.told[WHOLE].remedy or "")
    beside = path.with_name("bare.sha256")
    beside.write_text(hashlib.sha256(path.read_bytes()).hexdigest() + "  bare\n")
    assert await outcomes(steps_of(path, root, shop.url)) == [PASSED] * 4
    written = bytearray(path.read_bytes())
    place = written.index(b"customer 77") + 9  # a bit of a row, which any restore takes
    written[place] ^= 1
    path.write_bytes(written)
    steps = steps_of(path, root, shop.url)
    assert await steps.do(COMPLETED, WHOLE) == steps.told[WHOLE]
    assert (steps.told[WHOLE].outcome, steps.told[WHOLE].says) == (
        FAILED,
        "shop: bare is not what was written: bare.sha256 differs",
    )


def cut(share: float) -> Damage:
    def damage(path: Path) -> None:
        file = _largest(path)
        os.truncate(file, int(file.stat().st_size * share))

    return damage


def flip(share: float) -> Damage:
    def damage(path: Path) -> None:
        file = _largest(path)
        with file.open("r+b") as opened:
            opened.seek(int(file.stat().st_size * share))
            byte = opened.read(1)[0]
            opened.seek(-1, os.SEEK_CUR)
            opened.write(bytes([byte ^ 0x10]))

    return damage


def cut_between_rows(path: Path) -> None:
    """Cut off what comes after a row in the middle: what is left is restored without an error."""
    file = _largest(path)
    text = file.read_bytes()
    os.truncate(file, text.index(b"\n", len(text) // 2) + 1)


def empty(path: Path) -> None:
    for file in [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]:
        os.truncate(file, 0)


def other(path: Path) -> None:
    path.write_bytes(b"\x00\x01 this is no dump at all" * 200)


def _largest(path: Path) -> Path:
    if path.is_file():
        return path
    return max(
        (one for one in path.rglob("*") if one.is_file()), key=lambda one: one.stat().st_size
    )


DAMAGES: Mapping[str, Damage] = {
    "half": cut(0.5),
    "nine tenths": cut(0.9),
    "its end": cut(0.999),
    "a bit": flip(0.5),
    "a late bit": flip(0.95),
    "between rows": cut_between_rows,
    "empty": empty,
    "other": other,
}


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *(("c.dump", damage) for damage in DAMAGES if damage != "between rows"),
        *(("p.sql.gz", damage) for damage in ("its end", "a bit", "empty")),
        *(("folder", damage) for damage in ("half", "a bit", "empty")),
        *(("plain.sql", damage) for damage in ("half", "its end", "empty")),
        *(("t.tar", damage) for damage in ("half", "its end", "between rows", "empty")),
        *(("bare", damage) for damage in ("between rows", "empty")),
    ],
)
async def test_a_damaged_dump_is_found(
    shop: Shop, root: Path, copy: Callable[[Path], Path], name: str, damage: str
) -> None:
    made = shop.folder / name
    if not made.exists():
        words = {
            "c.dump": CUSTOM,
            "p.sql.gz": (*PLAIN, "-Z6"),
            "folder": FOLDER,
            "plain.sql": PLAIN,
            "t.tar": TAR,
            "bare": (*FOLDER, "-Z0"),
        }
        shop.dump(name, *words[name])
    path = copy(made)
    DAMAGES[damage](path)
    told = await steps_of(path, root, shop.url).all()
    assert told[3].outcome is FAILED, [one.says for one in told]
    assert not any("good" in one.says for one in told)


@pytest.mark.parametrize("words", [(), ("--inserts",)], ids=["copy", "inserts"])
async def test_a_folder_without_compression_is_not_taken_for_cut_off(
    pg15: Server, root: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    with shop_of(pg15, tmp_path, "unpacked") as shop:
        shop.run("CREATE TABLE nothing (id int)")
        told = await steps_of(shop.dump("folder", *FOLDER, "-Z0", *words), root, shop.url).all()
    assert [one.outcome for one in told] == [PASSED, UNKNOWN, PASSED, UNKNOWN], told


async def test_a_dump_that_was_cut_in_half_says_so(
    shop: Shop, root: Path, copy: Callable[[Path], Path]
) -> None:
    path = copy(shop.dump("cut.dump", *CUSTOM))
    cut(0.6)(path)
    steps = steps_of(path, root, shop.url)
    told = await steps.do(COMPLETED, WHOLE, RESTORE)
    assert told.outcome is FAILED
    assert told.says.startswith("shop could not be restored whole: could not read from input file")


async def test_what_is_too_old_is_told_and_looked_at_all_the_same(
    shop: Shop, root: Path, copy: Callable[[Path], Path]
) -> None:
    path = copy(shop.dump("old.dump", *CUSTOM))
    before = time.time() - 2 * 86_400
    os.utime(path, (before, before))
    steps = steps_of(path, root, shop.url, {"max_age": "1d"})
    told = await steps.all()
    assert [one.outcome for one in told] == [FAILED, PASSED, FAILED, FAILED]
    assert told[0].says == "shop: old.dump is 2 d old, and may be 1 d"


async def test_a_dump_without_rows_is_no_backup(pg15: Server, root: Path, tmp_path: Path) -> None:
    with shop_of(pg15, tmp_path, "emptied") as emptied:
        emptied.run("TRUNCATE orders, customers")
        none = steps_of(emptied.dump("rows.dump", *CUSTOM), root)
        emptied.run("DROP TABLE orders, customers CASCADE")
        nothing = steps_of(emptied.dump("tables.dump", *CUSTOM), root)
    assert (await none.do(COMPLETED, WHOLE, RESTORE)).outcome is FAILED
    assert none.told[RESTORE].says == "shop was restored, and its tables hold no row"
    assert (await nothing.do(COMPLETED, WHOLE)).says == (
        "shop: tables.dump holds no rows of any table"
    )


async def test_a_backup_that_is_not_there_is_told(root: Path, tmp_path: Path) -> None:
    steps = steps_of(tmp_path / "shop-*.dump", root)
    told = await steps.all()
    assert (told[0].outcome, told[0].says) == (FAILED, "shop: there is none")
    assert [one.outcome for one in told[1:]] == [UNKNOWN, UNKNOWN, FAILED]
    nowhere = steps_of(tmp_path / "gone" / "shop.dump", root)
    assert (await nowhere.do(COMPLETED)).outcome is UNKNOWN


@pytest.mark.parametrize("query", ["SELECT count(*) > 9999 FROM orders", "SELECT 1 WHERE false"])
async def test_a_sample_query_that_is_not_answered_right_fails_it(
    shop: Shop, root: Path, query: str
) -> None:
    path = shop.dump("asked.dump", *CUSTOM)
    steps = steps_of(path, root, shop.url, {"queries": [query]})
    told = await steps.do(COMPLETED, RESTORE)
    assert told.outcome is FAILED
    assert "it was answered with" in told.says


async def test_a_backup_of_another_version_is_told(
    shop: Shop, pg18: Server, root: Path, tmp_path: Path
) -> None:
    path = shop.dump("fifteen.dump", *CUSTOM)
    steps = steps_of(path, root, pg18.url())
    told = await steps.do(COMPLETED, WHOLE)
    assert (told.outcome, told.says) == (
        FAILED,
        "shop: it is of PostgreSQL 15, and main-db is PostgreSQL 18",
    )
    port = restoring({"path": str(path)}, root, folders=())
    lacking = Steps(TASK, tools(backups=port))
    told = await lacking.do(COMPLETED, RESTORE)
    assert told.outcome is UNKNOWN
    assert "it is of PostgreSQL 15, whose programs are not on this machine: 18 is" in told.says
    assert "apt-get install postgresql-15" in (told.remedy or "")


async def test_a_dump_of_the_version_that_fettle_brings_is_restored_by_it(
    pg18: Server, root: Path, tmp_path: Path
) -> None:
    with shop_of(pg18, tmp_path, "eighteen") as shop:
        path = shop.dump("eighteen.dump", *CUSTOM)
        packed = shop.dump("eighteen.sql.gz", *PLAIN, "-Z6")
        told = await steps_of(path, root, shop.url).all()
        alone = await steps_of(path, root).all()
        plain = await steps_of(packed, root).all()
    for each in (told, alone, plain):
        assert [one.outcome for one in each] == [PASSED] * 4, [one.says for one in each]


async def test_a_checksum_beside_a_folder_is_none_of_its_files(
    shop: Shop, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "folder"
    shutil.copytree(shop.dump("summed", *FOLDER), path)
    path.with_name("folder.sha256").write_text("0" * 64 + "  folder\n")
    assert await outcomes(steps_of(path, root, shop.url)) == [PASSED] * 4


async def test_an_extension_or_a_locale_that_is_not_here_is_said(
    pg15: Server, root: Path, tmp_path: Path
) -> None:
    with shop_of(pg15, tmp_path, "needy") as needy:
        needy.run("CREATE EXTENSION hypopg", "CREATE EXTENSION hstore")
        path = needy.dump("needy.sql", *PLAIN)
        packed = needy.dump("needy.dump", *CUSTOM)
    assert (await steps_of(packed, root).do(COMPLETED, RESTORE)).outcome is PASSED
    text = path.read_text().replace("hypopg", "no_such_thing")
    (tmp_path / "lacks.sql.gz").write_bytes(gzip.compress(text.encode()))
    told = await steps_of(tmp_path / "lacks.sql.gz", root).do(COMPLETED, RESTORE)
    assert told.outcome is UNKNOWN
    assert 'lacks what it needs: extension "no_such_thing"' in told.says
    assert "postgresql-15-no_such_thing" in (told.remedy or "")


async def test_an_encrypted_dump_needs_its_key(
    shop: Shop, root: Path, copy: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = copy(shop.dump("secret.dump", *CUSTOM))
    words = ["gpg", "--batch", "--yes", "--homedir", str(tmp_path), "--pinentry-mode", "loopback"]
    words += ["--passphrase", "open sesame", "--symmetric", str(path)]
    run(words)
    locked = path.with_name("secret.dump.gpg")
    told = await steps_of(locked, root, shop.url).all()
    assert [one.outcome for one in told] == [PASSED, UNKNOWN, UNKNOWN, UNKNOWN]
    assert told[1].says == "shop: secret.dump.gpg is encrypted, and there is no key for it"
    wrong = await steps_of(locked, root, shop.url, {"passphrase": "close sesame"}).all()
    assert wrong[1].says == "shop: secret.dump.gpg does not open: the passphrase is not its own"
    assert wrong[3].outcome is FAILED
    right = await steps_of(locked, root, shop.url, {"passphrase": "open sesame"}).all()
    assert [one.outcome for one in right] == [PASSED] * 4, [one.says for one in right]


async def test_without_a_backup_nothing_is_called_good(root: Path) -> None:
    port = restoring({"path": "/nowhere/x.dump"}, root)
    assert isinstance(port, Restoring)
    none = replace(port, settings=port.settings.changed(backup=()))
    told = await Steps(TASK, tools(backups=none)).all()
    assert [one.outcome for one in told] == [UNKNOWN] * 4
    assert "[[backup]]" in (told[0].remedy or "")
