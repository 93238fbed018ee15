"""`fettle init` writes a first fettle.toml that works, and overwrites nothing."""

from pathlib import Path

from tests.frontends.cli.calling import fettle

ENV = "DATABASE_URL=postgresql://app:hunter2@127.0.0.1:9/shop\nSTRIPE_KEY=sk_live_hunter3\n"


def test_what_it_writes_loads_and_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    called = fettle("init", cwd=tmp_path)
    assert called.code == 0, called.err
    assert called.out == ""
    assert "database    main-db: DATABASE_URL stands in .env" in called.err
    assert "fettle check" in called.err
    text = (tmp_path / "fettle.toml").read_text()
    assert 'url = "${DATABASE_URL}"' in text
    assert "hunter" not in text + called.err
    # nothing is there to connect to: it says so, of the database by its name
    environ = {"DATABASE_URL": "postgresql://app:hunter2@127.0.0.1:9/shop"}
    checked = fettle("check", "main-db", "--format", "json", cwd=tmp_path, environ=environ)
    assert checked.code == 3
    assert '"target": "main-db"' in checked.out


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "fettle.toml").write_text("# mine\n")
    called = fettle("init", cwd=tmp_path)
    assert called.code == 64
    assert "is there already, and is never overwritten" in called.err
    assert (tmp_path / "fettle.toml").read_text() == "# mine\n"


def test_it_can_be_seen_first(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(ENV)
    for arguments in (("--dry-run",), ("--output", "-")):
        called = fettle("init", *arguments, "--url", "https://shop.example", cwd=tmp_path)
        assert called.code == 0
        assert 'url = "https://shop.example"' in called.out
        assert not (tmp_path / "fettle.toml").exists()


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    for url in ("shop.example", "ftp://x", "https://ada:secret@shop.example"):
        called = fettle("init", "--url", url, cwd=tmp_path)
        assert called.code == 64
        assert "is no address of a site" in called.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_where_nothing_is_says_what_to_do(tmp_path: Path) -> None:
    called = fettle("init", "--dry-run", cwd=tmp_path, environ={"HOME": str(tmp_path)})
    assert called.code == 0
    assert "[[" in called.out
